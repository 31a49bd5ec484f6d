// Floating-point numbers of one array in the columns that numpy gives them (numpy 2.4's default
// options: at most 8 digits after the point, no more than are needed).
#ifndef CAIRN_CLI_PRINT_FLOAT_COLUMN_H_
#define CAIRN_CLI_PRINT_FLOAT_COLUMN_H_

#include <functional>
#include <string>

#include "cli/print/decimal.h"

namespace cairn::cli {

enum class PlusSign : uint8_t { kHide, kShow };

// Decides once for all numbers: fixed or scientific, and how wide.
class FloatColumn {
 public:
  using ValueAt = std::function<double(size_t)>;

  FloatColumn(size_t count, const ValueAt& value_at, DType dtype, int precision, PlusSign plus);

  // One of those numbers, padded to the width of all.
  std::string Format(double value) const;

 private:
  // The facts about the numbers that are known before any is written.
  struct Range {
    double greatest = 0, smallest = 0;  // magnitudes of those that are neither zero nor infinite
    bool any_finite = false, any_special = false, any_negative_infinity = false;
    void Include(double value);
  };

  bool NeedsExponent(const Range& range) const;
  void MeasureFixed(double value);
  void MeasureScientific(double value);
  void WidenForSpecials(const Range& range);
  std::string Special(double value) const;
  std::string Fixed(double value) const;
  std::string Scientific(double value) const;
  std::string Sign(const Decimal& decimal) const;

  DType dtype_;
  int precision_;
  PlusSign plus_;
  bool is_scientific_ = false;
  size_t left_ = 0;             // columns before the point
  size_t right_ = 0;            // and after it
  size_t fraction_ = 0;         // digits of a scientific fraction
  size_t exponent_digits_ = 0;  // of a scientific exponent
};

// A single number as numpy's scalars are printed: all digits, "1.0", "1e+16". With `trim`, as
// inside a complex scalar: "1".
enum class ScalarPoint : uint8_t { kKeep, kTrim };
std::string ScalarText(double value, DType dtype, ScalarPoint point);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_FLOAT_COLUMN_H_
