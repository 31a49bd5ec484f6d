// The inner loops of the statistics, for the widest vectors that the machine has.
//
// The order of all additions is fixed by the number of lanes, which is the same on every machine,
// and no product is fused with a sum: the same values give the same bits everywhere.
#ifndef CAIRN_INSPECT_BLOCK_KERNELS_H_
#define CAIRN_INSPECT_BLOCK_KERNELS_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace cairn {

struct BlockFacts {
  double low = 0;
  double high = 0;
  double sum = 0;          // of the distances from a given value
  double squares = 0;      // of the same distances
  uint64_t num_zeros = 0;  // of either sign
  bool is_finite = false;  // all values are; if not, the rest means nothing
};

// Looks at one value or more; distances are measured from `about`.
BlockFacts LookAt(double about, std::span<const float> values);
BlockFacts LookAt(double about, std::span<const double> values);

// The squares of the distances from `mean`, added up.
double SquaresAbout(double mean, std::span<const float> values);
double SquaresAbout(double mean, std::span<const double> values);

// Adds one to counts[floor(value * scale) - first] for each value, which must be below kMaxBins:
// `scale` is a power of two, and value * scale within ±2^30.
inline constexpr size_t kMaxBins = 64;
void CountBins(std::span<const float> values, float scale, int32_t first, uint64_t* counts);
void CountBins(std::span<const double> values, double scale, int32_t first, uint64_t* counts);

}  // namespace cairn

#endif  // CAIRN_INSPECT_BLOCK_KERNELS_H_
