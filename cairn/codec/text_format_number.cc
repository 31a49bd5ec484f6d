// Numbers of the text form, as Python reads and writes them.
#include <charconv>
#include <cmath>
#include <limits>

#include "cairn/codec/text_format.h"
#include "cairn/core/escape.h"

namespace cairn::text_format {
namespace {

std::string ToLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// std::from_chars says only that a number is out of range, not to which side.
double OutOfRange(std::string_view number) {
  return number.find("e-") != std::string_view::npos ? 0.0
                                                     : std::numeric_limits<double>::infinity();
}

// "1f", "1.f": the suffix of C, which the text form allows.
bool HasSuffixF(std::string_view number) {
  if (number.size() < 2 || !number.ends_with('f')) return false;
  const char before = number[number.size() - 2];
  return before == '.' || (before >= '0' && before <= '9');
}

}  // namespace

std::string FormatDouble(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  const double magnitude = std::fabs(value);
  const bool is_plain = magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
  char buffer[32];
  const auto [end, error] =
      std::to_chars(buffer, buffer + sizeof buffer, value,
                    is_plain ? std::chars_format::fixed : std::chars_format::scientific);
  std::string text(buffer, end);
  if (is_plain && text.find('.') == std::string::npos) text += ".0";
  return text;
}

Result<double> ParseDouble(std::string_view text) {
  std::string lower = ToLower(text);
  std::string_view number = lower;
  const bool is_negative = number.starts_with('-');
  if (is_negative) number.remove_prefix(1);
  if (number == "inf" || number == "infinity") number = "inf";
  if (HasSuffixF(number)) number.remove_suffix(1);
  double value = 0;
  const char* const end = number.data() + number.size();
  const auto [stop, error] = std::from_chars(number.data(), end, value);
  const bool is_number = error != std::errc::invalid_argument && stop == end &&
                         !number.starts_with('-') && !number.ends_with(')');
  if (!is_number) return Status(Reason::kFormat, Quoted(text) + " is not a number");
  if (error == std::errc::result_out_of_range) value = OutOfRange(number);
  return is_negative ? -value : value;
}

}  // namespace cairn::text_format
