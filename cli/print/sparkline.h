// Numbers as a row of characters: a histogram, a curve.
#ifndef CAIRN_CLI_PRINT_SPARKLINE_H_
#define CAIRN_CLI_PRINT_SPARKLINE_H_

#include <cstdint>
#include <span>
#include <string>

namespace cairn::cli {

enum class Glyphs : uint8_t { kBlocks, kAscii };

// Block characters where the locale (LC_ALL, LC_CTYPE, LANG) is one of UTF-8.
Glyphs GlyphsOfLocale();

// At most `width` characters, the highest for the most; a space stands for none at all. Neighbours
// share a character where there are more counts.
std::string Sparkline(std::span<const uint64_t> counts, size_t width, Glyphs glyphs);

// At most `width` characters for a curve, the lowest for the least value and the highest for the
// greatest. Where there are more values, neighbours share a character, which shows their mean. A
// NaN or an infinity is shown as '!', also in the place of those that share a character with it.
std::string CurveLine(std::span<const double> values, size_t width, Glyphs glyphs);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_SPARKLINE_H_
