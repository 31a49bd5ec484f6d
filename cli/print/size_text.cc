#include "cli/print/size_text.h"

#include <cctype>
#include <charconv>
#include <cmath>

namespace cairn::cli {
namespace {

// Returns the number of bytes of one unit, or 0 if it is not a unit. The B of bytes may be left
// out.
uint64_t BytesOfUnit(std::string unit) {
  for (char& c : unit) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (unit.ends_with('b')) unit.pop_back();
  const bool is_binary = unit.ends_with('i');
  if (is_binary) unit.pop_back();
  if (unit.empty()) return is_binary ? 0 : 1;
  const size_t power = std::string_view("kmgtp").find(unit);
  if (unit.size() != 1 || power == std::string_view::npos) return 0;
  uint64_t nbytes = 1;
  for (size_t i = 0; i <= power; ++i) nbytes *= is_binary ? 1024 : 1000;
  return nbytes;
}

}  // namespace

std::optional<uint64_t> ParseSize(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc() || number < 0) return std::nullopt;
  std::string_view unit(stop, static_cast<size_t>(end - stop));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  const double nbytes = number * static_cast<double>(BytesOfUnit(std::string(unit)));
  const bool is_known = BytesOfUnit(std::string(unit)) > 0;
  if (!is_known || !(nbytes < 9.2e18)) return std::nullopt;
  return static_cast<uint64_t>(std::llround(nbytes));
}

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
