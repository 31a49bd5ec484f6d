#include "cli/print/double_text.h"

#include <charconv>
#include <cmath>

namespace cairn::cli {
namespace {

template <typename... Format>
std::string CharsOf(double value, Format... format) {
  char buffer[32];  // the longest is "-2.2250738585072014e-308"
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, format...).ptr;
  return std::string(buffer, end);
}

}  // namespace

std::string ShortestText(double value) {
  const double magnitude = std::fabs(value);
  const bool is_plain = magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
  return CharsOf(value, is_plain ? std::chars_format::fixed : std::chars_format::scientific);
}

std::string FourDigitText(double value) { return CharsOf(value, std::chars_format::general, 4); }

}  // namespace cairn::cli
