#include "cli/print/sparkline.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace cairn::cli {
namespace {

constexpr std::array<std::string_view, 9> kBlocks = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 9> kAscii = {" ", ".", ":", "-", "=", "+", "*", "#", "@"};

std::vector<uint64_t> Gathered(std::span<const uint64_t> counts, size_t width) {
  const size_t each = (counts.size() + width - 1) / width;
  std::vector<uint64_t> gathered((counts.size() + each - 1) / each);
  for (size_t i = 0; i < counts.size(); ++i) gathered[i / each] += counts[i];
  return gathered;
}

}  // namespace

Glyphs GlyphsOfLocale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    std::string locale(value);
    std::ranges::transform(locale, locale.begin(), [](unsigned char c) { return std::tolower(c); });
    const bool is_utf8 =
        locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
    return is_utf8 ? Glyphs::kBlocks : Glyphs::kAscii;
  }
  return Glyphs::kAscii;
}

std::string Sparkline(std::span<const uint64_t> counts, size_t width, Glyphs glyphs) {
  if (counts.empty()) return "";
  const std::vector<uint64_t> gathered = Gathered(counts, width);
  const uint64_t most = std::ranges::max(gathered);
  const auto& levels = glyphs == Glyphs::kBlocks ? kBlocks : kAscii;
  std::string row;
  for (const uint64_t count : gathered) {
    const double share = static_cast<double>(count) / static_cast<double>(most);
    const auto level = static_cast<size_t>(share * 7.999);
    row += count == 0 ? levels[0] : levels[1 + level];
  }
  return row;
}

}  // namespace cairn::cli
