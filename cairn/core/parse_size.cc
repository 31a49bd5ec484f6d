#include "cairn/core/parse_size.h"

#include <cctype>
#include <charconv>
#include <cmath>
#include <string>

namespace cairn {
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

}  // namespace cairn
