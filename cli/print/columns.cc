#include "cli/print/columns.h"

#include <algorithm>
#include <cstdint>

namespace cairn::cli {

size_t WidthOf(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

std::string Padded(std::string text, size_t width) {
  const size_t used = WidthOf(text);
  if (used < width) text.append(width - used, ' ');
  return text;
}

std::string PaddedLeft(const std::string& text, size_t width) {
  const size_t used = WidthOf(text);
  return used < width ? std::string(width - used, ' ') + text : text;
}

}  // namespace cairn::cli
