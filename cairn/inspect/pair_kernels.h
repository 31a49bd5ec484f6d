// The inner loops of a comparison, for the widest vectors that the machine has.
//
// The order of all additions is fixed by the number of lanes, which is the same on every machine,
// and no product is fused with a sum: the same values give the same bits everywhere.
#ifndef CAIRN_INSPECT_PAIR_KERNELS_H_
#define CAIRN_INSPECT_PAIR_KERNELS_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace cairn {

// An element of a is close to one of b if |a - b| <= atol + rtol * |b|, as in numpy.allclose. Both
// are finite and at least 0.
struct Tolerance {
  double rtol = 0;
  double atol = 0;
  bool equal_nan = false;  // a NaN is close to a NaN
};

// A comparison of finite values, element by element in their own type; sums in float64.
struct PairFacts {
  double max_abs = 0;            // of |a - b|
  double max_rel = 0;            // of |a - b| / |b| where b is not 0
  uint64_t num_over = 0;         // elements that are not close; 0 without a tolerance
  double square_difference = 0;  // the squares of a - b, added up
  double square_a = 0;
  double square_b = 0;
};

// The elements that are compared next are expected so many bytes further on, and fetched from
// memory: harmless where they are not.
inline constexpr size_t kPrefetchedNbytes = 16 << 10;

// The kernels, compiled for one instruction set. `count` elements lie at `a`, and as many at `b`;
// neither has to be aligned. Where a value is not finite, so is square_a or square_b, and the
// other facts mean nothing. `max_rel` is that of earlier elements, which the result does not fall
// below: the greater it is, the less there is to divide. `tolerance` may be null.
struct PairKernels {
  PairFacts (*compare_floats)(const float* a, const float* b, size_t count, double max_rel,
                              const Tolerance* tolerance);
  PairFacts (*compare_doubles)(const double* a, const double* b, size_t count, double max_rel,
                               const Tolerance* tolerance);
  // The sums of squares that a comparison of values with themselves has.
  double (*square_floats)(const float* values, size_t count);
  double (*square_doubles)(const double* values, size_t count);
  // How many of `count` elements of 1, 2, 4, 8 or 16 bytes have other bytes.
  uint64_t (*count_different)(const std::byte* a, const std::byte* b, size_t count,
                              size_t element_nbytes);
};

struct NamedPairKernels {
  std::string_view target;  // as Highway calls it: "AVX3" is AVX-512
  const PairKernels* kernels = nullptr;
};
// All that the machine can run, the best first.
std::vector<NamedPairKernels> AllPairKernels();

// The best kernels, or those that were chosen last.
const PairKernels& PairKernelsInUse();
// From now on, the whole process uses these kernels: for tests and benchmarks. The results are the
// same.
void UsePairKernels(const PairKernels& kernels);

}  // namespace cairn

#endif  // CAIRN_INSPECT_PAIR_KERNELS_H_
