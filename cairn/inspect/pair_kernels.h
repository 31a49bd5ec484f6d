// The inner loops of a comparison, for the widest vectors that the machine has.
//
// The order of all additions is fixed by the number of lanes, which is the same on every machine,
// and no product is fused with a sum: the same values give the same bits everywhere.
#ifndef CAIRN_INSPECT_PAIR_KERNELS_H_
#define CAIRN_INSPECT_PAIR_KERNELS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cairn/core/kernel_choice.h"

namespace cairn {

// An element of a is close to one of b if |a - b| <= atol + rtol * |b|, as in numpy.allclose. Both
// are finite and at least 0.
struct Tolerance {
  double rtol = 0;
  double atol = 0;
  bool equal_nan = false;  // a NaN is close to a NaN
};

// A sum whose terms are added in lanes, that of element i of a call in lane i % kPairLanes: so it
// is the same whatever the width of a vector.
inline constexpr size_t kPairLanes = 16;
using LaneSum = std::array<double, kPairLanes>;

// A comparison of finite values, element by element in their own type. Squares of floats are
// rounded to float32 unless they are too great or too small for it, and eight of them are added
// before they go on in float64.
struct PairFacts {
  uint64_t num_different = 0;      // elements whose bits differ
  double max_abs = 0;              // of |a - b|
  double max_rel = 0;              // of |a - b| / |b| where b is not 0
  uint64_t num_over = 0;           // elements that are not close; 0 without a tolerance
  LaneSum square_difference = {};  // of a - b
  LaneSum square_a = {};
  LaneSum square_b = {};
};

// The elements that are compared next are expected so many bytes further on, and fetched from
// memory: harmless where they are not.
inline constexpr size_t kPrefetchedNbytes = 8 << 10;

// The kernels, compiled for one instruction set. `count` elements lie at `a`, and as many at `b`;
// neither has to be aligned. They return false, and leave everything as it was, if a value is not
// finite, or so great that the sum of squares is not.
struct PairKernels {
  // Adds a comparison to `facts`. `tolerance` may be null.
  bool (*compare_floats)(const float* a, const float* b, size_t count, const Tolerance* tolerance,
                         PairFacts& facts);
  bool (*compare_doubles)(const double* a, const double* b, size_t count,
                          const Tolerance* tolerance, PairFacts& facts);
  // Adds the squares of values that are equal on both sides.
  bool (*square_floats)(const float* values, size_t count, LaneSum& squares);
  bool (*square_doubles)(const double* values, size_t count, LaneSum& squares);
  // How many of `count` elements of 1, 2, 4, 8 or 16 bytes have other bytes.
  uint64_t (*count_different)(const std::byte* a, const std::byte* b, size_t count,
                              size_t element_nbytes);
};

template <>
std::vector<KernelsOfTarget<PairKernels>> AllKernels();

}  // namespace cairn

#endif  // CAIRN_INSPECT_PAIR_KERNELS_H_
