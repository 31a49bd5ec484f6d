#include "cli/print/size_text.h"

namespace cairn::cli {
std::string BinarySize(uint64_t nbytes) {
  constexpr std::string_view kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (nbytes < 1024) return std::to_string(nbytes) + " B";
  size_t unit = 0;
  // Tenths that would read "1024.0" are one of the next unit.
  while (nbytes >> (10 * (unit + 1)) >= 1024) ++unit;
  const auto tenths_of = [&](size_t u) {
    const int shift = static_cast<int>(10 * (u + 1));
    const uint64_t whole = nbytes >> shift;
    const uint64_t rest = nbytes - (whole << shift);
    const uint64_t half = uint64_t{1} << (shift - 1);
    // `rest` is below 2^60, ten times that fits.
    return whole * 10 + (rest * 10 + half) / (uint64_t{1} << shift);
  };
  uint64_t tenths = tenths_of(unit);
  if (tenths >= 10240) tenths = tenths_of(++unit);
  std::string text = std::to_string(tenths / 10);
  text += '.';
  text += static_cast<char>('0' + tenths % 10);
  text += ' ';
  text += kUnits[unit];
  return text;
}

std::string SizeText(uint64_t nbytes, SizeStyle style) {
  return style == SizeStyle::kExact ? std::to_string(nbytes) : BinarySize(nbytes);
}

std::string WithSeparators(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t i = text.size(); i > 3;) {
    i -= 3;
    text.insert(i, 1, ',');
  }
  return text;
}

std::string Count(uint64_t number, std::string_view noun) {
  return WithSeparators(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

}  // namespace cairn::cli
