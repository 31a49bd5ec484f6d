#include "cli/print/columns.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "cairn/core/utf8.h"
#include "cli/print/code_point_range.h"

namespace cairn::cli {
namespace {

// The characters that Unicode calls wide or fullwidth: Hangul, kana, ideographs, emoji.
constexpr std::array kWide = {
    CodePointRange{0x1100, 0x115f},   CodePointRange{0x231a, 0x231b},
    CodePointRange{0x2329, 0x232a},   CodePointRange{0x23e9, 0x23ec},
    CodePointRange{0x23f0, 0x23f0},   CodePointRange{0x23f3, 0x23f3},
    CodePointRange{0x25fd, 0x25fe},   CodePointRange{0x2614, 0x2615},
    CodePointRange{0x2648, 0x2653},   CodePointRange{0x267f, 0x267f},
    CodePointRange{0x2693, 0x2693},   CodePointRange{0x26a1, 0x26a1},
    CodePointRange{0x26aa, 0x26ab},   CodePointRange{0x26bd, 0x26be},
    CodePointRange{0x26c4, 0x26c5},   CodePointRange{0x26ce, 0x26ce},
    CodePointRange{0x26d4, 0x26d4},   CodePointRange{0x26ea, 0x26ea},
    CodePointRange{0x26f2, 0x26f3},   CodePointRange{0x26f5, 0x26f5},
    CodePointRange{0x26fa, 0x26fa},   CodePointRange{0x26fd, 0x26fd},
    CodePointRange{0x2705, 0x2705},   CodePointRange{0x270a, 0x270b},
    CodePointRange{0x2728, 0x2728},   CodePointRange{0x274c, 0x274c},
    CodePointRange{0x274e, 0x274e},   CodePointRange{0x2753, 0x2755},
    CodePointRange{0x2757, 0x2757},   CodePointRange{0x2795, 0x2797},
    CodePointRange{0x27b0, 0x27b0},   CodePointRange{0x27bf, 0x27bf},
    CodePointRange{0x2b1b, 0x2b1c},   CodePointRange{0x2b50, 0x2b50},
    CodePointRange{0x2b55, 0x2b55},   CodePointRange{0x2e80, 0x303e},
    CodePointRange{0x3041, 0x3247},   CodePointRange{0x3250, 0x4dbf},
    CodePointRange{0x4e00, 0xa4cf},   CodePointRange{0xa960, 0xa97c},
    CodePointRange{0xac00, 0xd7a3},   CodePointRange{0xf900, 0xfaff},
    CodePointRange{0xfe10, 0xfe19},   CodePointRange{0xfe30, 0xfe6f},
    CodePointRange{0xff01, 0xff60},   CodePointRange{0xffe0, 0xffe6},
    CodePointRange{0x16fe0, 0x18d08}, CodePointRange{0x1aff0, 0x1b2fb},
    CodePointRange{0x1f004, 0x1f004}, CodePointRange{0x1f0cf, 0x1f0cf},
    CodePointRange{0x1f18e, 0x1f18e}, CodePointRange{0x1f191, 0x1f19a},
    CodePointRange{0x1f200, 0x1f320}, CodePointRange{0x1f32d, 0x1f335},
    CodePointRange{0x1f337, 0x1f37c}, CodePointRange{0x1f37e, 0x1f393},
    CodePointRange{0x1f3a0, 0x1f3ca}, CodePointRange{0x1f3cf, 0x1f3d3},
    CodePointRange{0x1f3e0, 0x1f3f0}, CodePointRange{0x1f3f4, 0x1f3f4},
    CodePointRange{0x1f3f8, 0x1f43e}, CodePointRange{0x1f440, 0x1f440},
    CodePointRange{0x1f442, 0x1f4fc}, CodePointRange{0x1f4ff, 0x1f53d},
    CodePointRange{0x1f54b, 0x1f54e}, CodePointRange{0x1f550, 0x1f567},
    CodePointRange{0x1f57a, 0x1f57a}, CodePointRange{0x1f595, 0x1f596},
    CodePointRange{0x1f5a4, 0x1f5a4}, CodePointRange{0x1f5fb, 0x1f64f},
    CodePointRange{0x1f680, 0x1f6c5}, CodePointRange{0x1f6cc, 0x1f6cc},
    CodePointRange{0x1f6d0, 0x1f6d2}, CodePointRange{0x1f6d5, 0x1f6df},
    CodePointRange{0x1f6eb, 0x1f6ef}, CodePointRange{0x1f6f4, 0x1f6ff},
    CodePointRange{0x1f7e0, 0x1f7f0}, CodePointRange{0x1f90c, 0x1f93a},
    CodePointRange{0x1f93c, 0x1f945}, CodePointRange{0x1f947, 0x1f9ff},
    CodePointRange{0x1fa70, 0x1faff}, CodePointRange{0x20000, 0x3fffd},
};

// The blocks of marks that are drawn over the character before them.
constexpr std::array kCombining = {
    CodePointRange{0x0300, 0x036f},   CodePointRange{0x1ab0, 0x1aff},
    CodePointRange{0x1dc0, 0x1dff},   CodePointRange{0x20d0, 0x20ff},
    CodePointRange{0xfe00, 0xfe0f},   CodePointRange{0xfe20, 0xfe2f},
    CodePointRange{0xe0100, 0xe01ef},
};

// Takes one code point from the front of `text`, which is UTF-8.
uint32_t TakeCodePoint(std::string_view& text) {
  const CodePoint first = FirstCodePoint(text);
  text.remove_prefix(std::max<size_t>(first.nbytes, 1));
  return first.value;
}

size_t WidthOfCodePoint(uint32_t code) {
  return IsIn(kWide, code) ? 2 : IsIn(kCombining, code) ? 0 : 1;
}

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<uint8_t>(c) < 0x80; });
}

}  // namespace

size_t WidthOf(std::string_view text) {
  if (IsAscii(text)) return text.size();
  size_t width = 0;
  while (!text.empty()) width += WidthOfCodePoint(TakeCodePoint(text));
  return width;
}

std::string_view Shortened(std::string_view text, size_t width) {
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view next = rest;
    const size_t columns = WidthOfCodePoint(TakeCodePoint(next));
    if (columns > width) break;
    width -= columns;
    rest = next;
  }
  return text.substr(0, text.size() - rest.size());
}

std::string_view TakeLine(std::string_view& text, size_t width) {
  size_t end = text.size();
  while (WidthOf(text.substr(0, end)) > width) {
    const size_t space = text.rfind(' ', end - 1);
    if (space == text.npos || space == 0) break;
    end = space;
  }
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
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
