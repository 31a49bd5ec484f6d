// Numbers of type double as text.
#ifndef CAIRN_CLI_PRINT_DOUBLE_TEXT_H_
#define CAIRN_CLI_PRINT_DOUBLE_TEXT_H_

#include <string>

namespace cairn::cli {

// Returns the shortest text that reads back as the same number: "0.5", "3", "1e+16". Numbers from
// 1e-4 up to 1e16 are written without an exponent. `value` must be finite.
std::string ShortestText(double value);

// Returns `value` rounded to four significant digits, as printf's %.4g writes it.
std::string FourDigitText(double value);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_DOUBLE_TEXT_H_
