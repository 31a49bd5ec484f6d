// Strings as Python writes them in its sources.
#ifndef CAIRN_CLI_PRINT_PYTHON_LITERAL_H_
#define CAIRN_CLI_PRINT_PYTHON_LITERAL_H_

#include <string>
#include <string_view>

namespace cairn::cli {

// Returns b'a\n\xff', quoted as Python does it.
std::string PythonBytes(std::string_view bytes);

// Returns 'a\nö' of UTF-8 in the same way. Characters that cannot be seen are escaped, "\u200b",
// but for code points that Unicode has not assigned: which ones these are depends on its version.
std::string PythonText(std::string_view utf8);
// Returns the same without quotes, where neither quotes nor backslashes are escaped.
std::string PythonTextWithoutQuotes(std::string_view utf8);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_PYTHON_LITERAL_H_
