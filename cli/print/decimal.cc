#include "cli/print/decimal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "cli/print/element.h"

namespace cairn::cli {
namespace {

Decimal Zero(bool is_negative) { return {is_negative, "0", 1}; }

// Reads what std::to_chars writes: [-]D[.DDD]e±XX, or [-]DDD[.DDD].
Decimal FromText(std::string_view text) {
  Decimal decimal;
  decimal.is_negative = text.starts_with('-');
  if (decimal.is_negative) text.remove_prefix(1);
  int exponent = 0;
  if (const size_t e = text.find('e'); e != text.npos) {
    // std::from_chars accepts no plus sign.
    const std::string_view digits = text.substr(e + (text[e + 1] == '+' ? 2 : 1));
    std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    text = text.substr(0, e);
  }
  const size_t point = std::min(text.find('.'), text.size());
  decimal.digits = text.substr(0, point);
  if (point < text.size()) decimal.digits += text.substr(point + 1);
  decimal.point = static_cast<int>(point) + exponent;

  // Callers compare the number of digits, so zeros at either end must not count.
  const size_t first = decimal.digits.find_first_not_of('0');
  if (first == std::string::npos) return Zero(decimal.is_negative);
  decimal.digits.erase(0, first);
  decimal.point -= static_cast<int>(first);
  decimal.digits.erase(decimal.digits.find_last_not_of('0') + 1);
  return decimal;
}

template <typename... Args>
Decimal FromToChars(Args... args) {
  char buffer[2048];  // 309 digits, a point and 1075 more are the most that a double has
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, args...).ptr;
  return FromText({buffer, static_cast<size_t>(end - buffer)});
}

double ValueOf(const std::string& digits, int point) {
  const std::string text = digits + "e" + std::to_string(point - static_cast<int>(digits.size()));
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// The next greater number of as many digits; "99" becomes "100".
std::string Incremented(std::string digits) {
  size_t i = digits.size();
  while (i > 0 && digits[i - 1] == '9') digits[--i] = '0';
  if (i == 0) return "1" + digits;
  ++digits[i - 1];
  return digits;
}

// float16, whose interval std::to_chars does not know: of the numbers with so many digits, the two
// around the value; the nearest that is rounded back to it wins. Decimals of a few digits are told
// apart by doubles, whose own rounding is far finer.
std::optional<Decimal> WithDigits(const Decimal& exact, double magnitude, size_t count) {
  if (exact.digits.size() <= count) return exact;
  const std::string below = exact.digits.substr(0, count);
  const std::string above = Incremented(below);
  const int above_point = exact.point + static_cast<int>(above.size() - count);
  const double low = ValueOf(below, exact.point);
  const double high = ValueOf(above, above_point);
  const bool low_fits = RoundToType(low, DType::kFloat16) == magnitude;
  const bool high_fits = RoundToType(high, DType::kFloat16) == magnitude;
  if (!low_fits && !high_fits) return std::nullopt;
  const double to_low = magnitude - low;
  const double to_high = high - magnitude;
  const bool low_is_even = (below.back() - '0') % 2 == 0;
  const bool take_low =
      low_fits && (!high_fits || to_low < to_high || (to_low == to_high && low_is_even));
  Decimal decimal = exact;
  decimal.digits = take_low ? below : above;
  decimal.point = take_low ? exact.point : above_point;
  decimal.digits.erase(decimal.digits.find_last_not_of('0') + 1);
  return decimal;
}

Decimal ShortestOfFloat16(double value) {
  const Decimal exact = FromToChars(value, std::chars_format::scientific, 60);
  for (size_t count = 1;; ++count) {
    if (auto decimal = WithDigits(exact, std::fabs(value), count)) return *decimal;
  }
}

}  // namespace

bool IsNarrowFloat(DType dtype) {
  return KindOf(dtype) == DTypeKind::kFloat && InfoOf(dtype).numpy.empty();
}

Decimal ShortestDecimal(double value, DType dtype) {
  if (value == 0) return Zero(std::signbit(value));
  if (dtype == DType::kFloat64 || dtype == DType::kComplex128)
    return FromToChars(value, std::chars_format::scientific);
  if (dtype == DType::kFloat16) return ShortestOfFloat16(value);
  // ml_dtypes prints six digits, which name a value of each of these types.
  if (IsNarrowFloat(dtype)) return RoundedScientific(value, 5);
  return FromToChars(static_cast<float>(value), std::chars_format::scientific);
}

Decimal ShortestFixed(double value, DType dtype, int max_fraction) {
  Decimal decimal = ShortestDecimal(value, dtype);
  const int fraction = static_cast<int>(decimal.digits.size()) - decimal.point;
  if (fraction <= max_fraction) return decimal;
  return FromToChars(value, std::chars_format::fixed, max_fraction);
}

Decimal ShortestScientific(double value, DType dtype, int max_fraction) {
  Decimal decimal = ShortestDecimal(value, dtype);
  if (static_cast<int>(decimal.digits.size()) - 1 <= max_fraction) return decimal;
  return RoundedScientific(value, max_fraction);
}

Decimal RoundedScientific(double value, int fraction) {
  return FromToChars(value, std::chars_format::scientific, fraction);
}

std::string WholePart(const Decimal& decimal) {
  std::string text = decimal.is_negative ? "-" : "";
  if (decimal.point <= 0) return text + "0";
  const auto count = static_cast<size_t>(decimal.point);
  text += decimal.digits.substr(0, count);
  if (count > decimal.digits.size()) text.append(count - decimal.digits.size(), '0');
  return text;
}

std::string FractionPart(const Decimal& decimal) {
  if (decimal.point >= static_cast<int>(decimal.digits.size())) return "";
  if (decimal.point >= 0) return decimal.digits.substr(static_cast<size_t>(decimal.point));
  return std::string(static_cast<size_t>(-decimal.point), '0') + decimal.digits;
}

}  // namespace cairn::cli
