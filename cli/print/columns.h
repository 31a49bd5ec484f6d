// Text in columns.
#ifndef CAIRN_CLI_PRINT_COLUMNS_H_
#define CAIRN_CLI_PRINT_COLUMNS_H_

#include <string>
#include <string_view>

namespace cairn::cli {

// Columns on a terminal: code points, as far as names and numbers are concerned.
size_t WidthOf(std::string_view text);

// With spaces after it, or before it, up to this width.
std::string Padded(std::string text, size_t width);
std::string PaddedLeft(const std::string& text, size_t width);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_COLUMNS_H_
