// Text in columns.
#ifndef CAIRN_CLI_PRINT_COLUMNS_H_
#define CAIRN_CLI_PRINT_COLUMNS_H_

#include <string>
#include <string_view>

namespace cairn::cli {

// Returns how many columns a terminal shows `text` in, which is UTF-8 without control characters:
// two for each East Asian wide character and emoji, none for a combining mark.
size_t WidthOf(std::string_view text);

// Returns as much of the front of `text` as fits into `width` columns.
std::string_view Shortened(std::string_view text, size_t width);

// Takes from the front of `text` the words that fit into `width` columns, at least one, and the
// space after them.
std::string_view TakeLine(std::string_view& text, size_t width);

// With spaces after it, or before it, up to this width.
std::string Padded(std::string text, size_t width);
std::string PaddedLeft(const std::string& text, size_t width);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_COLUMNS_H_
