#include "cli/print/float_column.h"

#include <algorithm>
#include <cmath>

#include "cli/print/element.h"

namespace cairn::cli {
namespace {

bool IsDouble(DType dtype) { return dtype == DType::kFloat64 || dtype == DType::kComplex128; }
bool IsSingle(DType dtype) { return dtype == DType::kFloat32 || dtype == DType::kComplex64; }

// From here on numpy writes exponents: 10 to the digits that the type is sure to hold, at most 8.
// ml_dtypes does so from 10 to the digits that it prints.
double GreatestFixed(DType dtype) {
  if (IsDouble(dtype)) return 1e8;
  return IsSingle(dtype) || IsNarrowFloat(dtype) ? 1e6 : 1e3;
}

std::string ExponentText(int exponent, size_t digits) {
  const std::string text = std::to_string(std::abs(exponent));
  const size_t zeros = digits > text.size() ? digits - text.size() : 0;
  return (exponent < 0 ? "e-" : "e+") + std::string(zeros, '0') + text;
}

std::string SpecialText(double value) {
  if (std::isnan(value)) return "nan";
  return value < 0 ? "-inf" : "inf";
}

void PadLeft(std::string& text, size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
}

}  // namespace

void FloatColumn::Range::Include(double value) {
  if (!std::isfinite(value)) {
    any_special = true;
    any_negative_infinity |= std::isinf(value) && value < 0;
    return;
  }
  if (std::signbit(value)) {
    lowest = std::min(lowest.value_or(value), value);
  } else {
    highest = std::max(highest.value_or(value), value);
  }
  const double magnitude = std::fabs(value);
  if (magnitude == 0) return;
  greatest = std::max(greatest, magnitude);
  smallest = smallest == 0 ? magnitude : std::min(smallest, magnitude);
}

FloatColumn::FloatColumn(size_t count, const ValueAt& value_at, DType dtype, int precision,
                         PlusSign plus, const std::atomic<bool>* cancel)
    : dtype_(dtype), precision_(precision), plus_(plus) {
  const auto is_wanted = [&] { return cancel == nullptr || !*cancel; };
  Range range;
  for (size_t i = 0; i < count && is_wanted(); ++i) range.Include(value_at(i));
  is_scientific_ = NeedsExponent(range);
  MeasureEnds(range);
  // The numbers between the ends can only have longer fractions.
  const auto longest = static_cast<size_t>(precision);
  for (size_t i = 0; i < count && fraction_ < longest && is_wanted(); ++i) {
    const double value = value_at(i);
    if (std::isfinite(value) && !HasRoomFor(value)) Measure(value);
  }
  right_ = is_scientific_ ? exponent_digits_ + 2 + fraction_ : fraction_;
  if (range.any_special) WidenForSpecials(range);
}

void FloatColumn::MeasureEnds(const Range& range) {
  if (range.highest) Measure(*range.highest);
  if (range.lowest) Measure(*range.lowest);
  if (range.smallest > 0) Measure(range.smallest);
}

// Whether the longest fraction so far is long enough for `value`. It may say no where it is. It
// tries the decimal of so many digits that is nearest: if that is rounded to `value`, its shortest
// form has no more digits. Quotients and products of two numbers that a double holds exactly are
// rounded once, so the comparison is exact.
bool FloatColumn::HasRoomFor(double value) const {
  constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  constexpr int kLargestPower = 22;
  const double magnitude = std::fabs(value);
  if (magnitude == 0) return true;
  int decimals = static_cast<int>(fraction_);
  double limit = 0x1p53;
  if (is_scientific_) {
    limit = std::min(limit, kPowers[std::min<size_t>(fraction_ + 1, kLargestPower)]);
    decimals -= static_cast<int>(std::floor(std::log10(magnitude)));
  }
  if (std::abs(decimals) > kLargestPower) return false;
  const double scale = kPowers[std::abs(decimals)];
  const double digits = std::nearbyint(decimals < 0 ? magnitude / scale : magnitude * scale);
  if (digits >= limit) return false;
  return RoundToType(decimals < 0 ? digits * scale : digits / scale, dtype_) == magnitude;
}

void FloatColumn::Measure(double value) {
  is_scientific_ ? MeasureScientific(value) : MeasureFixed(value);
}

// numpy compares in the array's own type, where 0.0001 and the quotient are rounded.
bool FloatColumn::NeedsExponent(const Range& range) const {
  if (range.greatest == 0) return false;
  if (range.greatest >= GreatestFixed(dtype_)) return true;
  if (range.smallest < RoundToType(0.0001, dtype_)) return true;
  const double quotient =
      IsDouble(dtype_) ? range.greatest / range.smallest
                       : static_cast<float>(range.greatest) / static_cast<float>(range.smallest);
  return (dtype_ == DType::kFloat16 ? RoundToType(quotient, dtype_) : quotient) > 1000;
}

std::string FloatColumn::Sign(const Decimal& decimal) const {
  if (decimal.is_negative) return "-";
  return plus_ == PlusSign::kShow ? "+" : "";
}

void FloatColumn::MeasureFixed(double value) {
  const Decimal decimal = ShortestFixed(value, dtype_, precision_);
  const bool shows_plus = !decimal.is_negative && plus_ == PlusSign::kShow;
  left_ = std::max(left_, WholePart(decimal).size() + (shows_plus ? 1 : 0));
  fraction_ = std::max(fraction_, FractionPart(decimal).size());
}

void FloatColumn::MeasureScientific(double value) {
  const Decimal decimal = ShortestScientific(value, dtype_, precision_);
  left_ = std::max(left_, Sign(decimal).size() + 1);
  fraction_ = std::max(fraction_, ScientificFraction(decimal).size());
  const std::string exponent = ExponentText(ScientificExponent(decimal), 2);
  exponent_digits_ = std::max(exponent_digits_, exponent.size() - 2);
}

void FloatColumn::WidenForSpecials(const Range& range) {
  const bool has_sign = plus_ == PlusSign::kShow || range.any_negative_infinity;
  const size_t widest = has_sign ? 4 : 3;
  if (left_ + right_ + 1 < widest) left_ = widest - right_ - 1;
}

std::string FloatColumn::Format(double value) const {
  if (!std::isfinite(value)) return Special(value);
  return is_scientific_ ? Scientific(value) : Fixed(value);
}

std::string FloatColumn::Special(double value) const {
  std::string text = SpecialText(value);
  if (plus_ == PlusSign::kShow && text[0] != '-') text.insert(0, 1, '+');
  PadLeft(text, left_ + right_ + 1);
  return text;
}

std::string FloatColumn::Fixed(double value) const {
  const Decimal decimal = ShortestFixed(value, dtype_, precision_);
  std::string text = WholePart(decimal);
  if (!decimal.is_negative && plus_ == PlusSign::kShow) text.insert(0, 1, '+');
  PadLeft(text, left_);
  const std::string fraction = FractionPart(decimal);
  return text + "." + fraction + std::string(right_ - fraction.size(), ' ');
}

// Numbers with fewer digits than the widest are filled with their own exact digits, not with zeros.
std::string FloatColumn::Scientific(double value) const {
  Decimal decimal = ShortestScientific(value, dtype_, precision_);
  if (ScientificFraction(decimal).size() < fraction_)
    decimal = RoundedScientific(value, static_cast<int>(fraction_));
  std::string text = Sign(decimal) + decimal.digits[0];
  PadLeft(text, left_);
  const std::string_view fraction = ScientificFraction(decimal);
  text.append(".").append(fraction).append(fraction_ - fraction.size(), '0');
  return text + ExponentText(ScientificExponent(decimal), exponent_digits_);
}

std::string ScalarText(double value, DType dtype, ScalarPoint point, int precision) {
  if (!std::isfinite(value)) return SpecialText(value);
  const double greatest = IsDouble(dtype) ? 1e16 : GreatestFixed(dtype);
  const double magnitude = std::fabs(value);
  if (magnitude != 0 && (magnitude >= greatest || magnitude < 1e-4)) {
    const Decimal decimal = ShortestScientific(value, dtype, precision);
    const std::string_view fraction = ScientificFraction(decimal);
    std::string text = decimal.is_negative ? "-" : "";
    text += decimal.digits[0];
    if (!fraction.empty()) text.append(".").append(fraction);
    return text + ExponentText(ScientificExponent(decimal), 2);
  }
  const Decimal decimal = ShortestFixed(value, dtype, precision);
  const std::string fraction = FractionPart(decimal);
  if (!fraction.empty()) return WholePart(decimal) + "." + fraction;
  return WholePart(decimal) + (point == ScalarPoint::kKeep ? ".0" : "");
}

}  // namespace cairn::cli
