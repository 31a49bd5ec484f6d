// Floating-point numbers of one array in the columns that numpy gives them (numpy 2.4's default
// options: at most 8 digits after the point, no more than are needed).
#ifndef CAIRN_CLI_PRINT_FLOAT_COLUMN_H_
#define CAIRN_CLI_PRINT_FLOAT_COLUMN_H_

#include <atomic>
#include <climits>
#include <functional>
#include <optional>
#include <string>

#include "cli/print/decimal.h"

namespace cairn::cli {

enum class PlusSign : uint8_t { kHide, kShow };

// Decides once for all numbers: fixed or scientific, and how wide.
class FloatColumn {
 public:
  using ValueAt = std::function<double(size_t)>;

  // Looks at every number without writing most of them, so that an array of millions of numbers
  // has its first line at once. It stops where `cancel`, which may be null, becomes true: then the
  // column is not to be used.
  FloatColumn(size_t count, const ValueAt& value_at, DType dtype, int precision, PlusSign plus,
              const std::atomic<bool>* cancel);

  // One of those numbers, padded to the width of all.
  std::string Format(double value) const;

 private:
  // The facts about the numbers that are known before any is written.
  struct Range {
    double greatest = 0, smallest = 0;  // magnitudes of those that are neither zero nor infinite
    // The ends of the finite ones on either side of zero, where -0 is negative.
    std::optional<double> highest, lowest;
    bool any_special = false, any_negative_infinity = false;
    void Include(double value);
  };

  bool NeedsExponent(const Range& range) const;
  void MeasureEnds(const Range& range);
  bool HasRoomFor(double value) const;
  void Measure(double value);
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
  size_t fraction_ = 0;         // digits of the longest fraction, fixed or scientific
  size_t exponent_digits_ = 0;  // of a scientific exponent
};

// A single number as numpy's scalars are printed, and those of ml_dtypes: all digits, "1.0",
// "1e+16", or at most `precision` after the point. With kTrim, as inside a complex scalar: "1".
enum class ScalarPoint : uint8_t { kKeep, kTrim };
inline constexpr int kAllDigits = INT_MAX;
std::string ScalarText(double value, DType dtype, ScalarPoint point, int precision = kAllDigits);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_FLOAT_COLUMN_H_
