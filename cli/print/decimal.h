// Finite numbers as decimal digits: the fewest that name the number among those of its type, or
// rounded.
#ifndef CAIRN_CLI_PRINT_DECIMAL_H_
#define CAIRN_CLI_PRINT_DECIMAL_H_

#include <string>

#include "cairn/core/dtype.h"

namespace cairn::cli {

// ±0.DIGITS × 10^point; zero has the one digit "0" and point 1.
struct Decimal {
  bool is_negative = false;
  std::string digits;  // no zeros in front or at the end
  int point = 0;       // digits before the decimal point; may be negative or past the digits
};

// Whether a type is one of ml_dtypes': bfloat16, float8 and those with fewer bits.
bool IsNarrowFloat(DType dtype);

// `value` must be finite and a value of `dtype`, a floating-point type. A narrow float has the six
// digits that ml_dtypes gives it.
Decimal ShortestDecimal(double value, DType dtype);

// Does the same with at most `max_fraction` digits after the point: if the shortest form has more,
// the exact value is rounded, halfway cases to even.
Decimal ShortestFixed(double value, DType dtype, int max_fraction);
// The same where the point stands after the first digit: at most `max_fraction` digits after it.
Decimal ShortestScientific(double value, DType dtype, int max_fraction);

// The exact value rounded to one digit and `fraction` more; zeros at the end are not kept.
Decimal RoundedScientific(double value, int fraction);

// "-12.5", "-12." , "-0.0012": at least one digit before the point.
std::string WholePart(const Decimal& decimal);
std::string FractionPart(const Decimal& decimal);

// Returns the digits after the first ("" for one digit), and the power of ten of the first digit.
inline std::string_view ScientificFraction(const Decimal& decimal) {
  return std::string_view(decimal.digits).substr(1);
}
inline int ScientificExponent(const Decimal& decimal) { return decimal.point - 1; }

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_DECIMAL_H_
