// How far the values of two tensors of one shape are apart.
#ifndef CAIRN_INSPECT_VALUE_DIFF_H_
#define CAIRN_INSPECT_VALUE_DIFF_H_

#include <cstdint>
#include <optional>

#include "cairn/inspect/pair_kernels.h"
#include "cairn/inspect/statistics.h"

namespace cairn {

// The numbers of two numeric tensors. Elements are compared as numpy does it: floats of 32 bits and
// fewer in float32, all others in float64, but 64-bit integers of one dtype exactly; |z| of a
// complex element is its absolute value. Sums of squares are right to 7 digits, and to about
// 15 where the elements are wider than float32. b is what a is measured by.
struct ValueDiff {
  uint64_t num_elements = 0;
  // Elements whose bytes differ; where the dtypes differ, elements whose values do.
  uint64_t num_different = 0;
  // Elements that are not close (see Tolerance). Without a tolerance, those that differ.
  uint64_t num_over = 0;
  uint64_t num_nan_in_a = 0;  // elements that are NaN in a and not in b
  uint64_t num_nan_in_b = 0;
  // The greatest |a - b| where neither is NaN: infinite where an infinity meets something else.
  Number max_abs = 0.0;
  // The greatest |a - b| / |b| where b is not 0, as numpy.testing.assert_allclose has it. This and
  // the rest are of the elements that are finite on both sides, and absent where the divisor is 0.
  std::optional<double> max_rel = {};
  std::optional<double> rel_l2 = {};  // ||a - b|| / ||b||
  std::optional<double> cosine =
      {};                        // <a, b> / (||a|| ||b||), of complex numbers as pairs of real ones
  double square_difference = 0;  // ||a - b|| squared
  double square_b = 0;           // ||b|| squared
};

}  // namespace cairn

#endif  // CAIRN_INSPECT_VALUE_DIFF_H_
