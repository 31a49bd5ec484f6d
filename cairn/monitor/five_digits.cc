#include "cairn/monitor/five_digits.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace cairn {

std::string FiveDigits(double value) {
  if (std::isnan(value)) return "nan";
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.5g", value);
  return text.data();
}

}  // namespace cairn
