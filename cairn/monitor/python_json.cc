#include "cairn/monitor/python_json.h"

#include <array>
#include <charconv>
#include <cmath>

#include "cairn/core/escape.h"

namespace cairn {
namespace {

// Appends a UTF-16 code unit as \uXXXX.
void AppendCodeUnit(std::string& out, uint32_t unit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[(unit >> shift) & 0xf];
}

void AppendEscapedPoint(std::string& out, uint32_t point) {
  constexpr uint32_t kFirstBeyondUnit = 0x10000;
  if (point < kFirstBeyondUnit) return AppendCodeUnit(out, point);
  AppendCodeUnit(out, 0xd800 + ((point - kFirstBeyondUnit) >> 10));
  AppendCodeUnit(out, 0xdc00 + ((point - kFirstBeyondUnit) & 0x3ff));
}

// Takes the first code point off `text`, which is UTF-8 and not empty.
uint32_t TakePoint(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t nbytes = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  uint32_t point = nbytes == 1 ? first : first & (0x7fu >> nbytes);
  for (size_t i = 1; i < nbytes; ++i)
    point = (point << 6) | (static_cast<unsigned char>(text[i]) & 0x3f);
  text.remove_prefix(nbytes);
  return point;
}

void AppendPoint(std::string& out, uint32_t point) {
  constexpr std::string_view kEscaped = "\"\\\n\r\t\f\b";
  constexpr std::string_view kEscapeLetters = "\"\\nrtfb";
  const bool is_ascii = point < 0x80;
  const size_t at = is_ascii ? kEscaped.find(static_cast<char>(point)) : std::string_view::npos;
  if (at != std::string_view::npos) {
    out += {'\\', kEscapeLetters[at]};
  } else if (point >= ' ' && point <= '~') {
    out += static_cast<char>(point);
  } else {
    AppendEscapedPoint(out, point);
  }
}

}  // namespace

std::string PythonNumber(double value) {
  if (std::isnan(value)) return "\"NaN\"";
  if (std::isinf(value)) return value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  const double magnitude = std::abs(value);
  const bool has_exponent = value != 0 && (magnitude < 1e-4 || magnitude >= 1e16);
  std::array<char, 64> buffer;
  const auto format = has_exponent ? std::chars_format::scientific : std::chars_format::fixed;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr;
  std::string text(buffer.data(), end);
  if (!has_exponent && text.find('.') == std::string::npos) text += ".0";
  return text;
}

std::string PythonString(std::string_view text) {
  const std::string shown = IsUtf8(text) ? std::string(text) : Escape(text);
  std::string out = "\"";
  for (std::string_view left = shown; !left.empty();) AppendPoint(out, TakePoint(left));
  return out + '"';
}

}  // namespace cairn
