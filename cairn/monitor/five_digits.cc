#include "cairn/monitor/five_digits.h"

#include <array>
#include <charconv>
#include <cmath>

namespace cairn {

std::string FiveDigits(double value) {
  if (std::isnan(value)) return "nan";
  std::array<char, 32> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 5);
  return {text.data(), end.ptr};
}

}  // namespace cairn
