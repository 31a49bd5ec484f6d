// How often values lie where: bins of equal width, in one pass, without knowing the range before.
#ifndef CAIRN_INSPECT_HISTOGRAM_H_
#define CAIRN_INSPECT_HISTOGRAM_H_

#include <cstdint>
#include <span>
#include <vector>

#include "cairn/inspect/block_kernels.h"

namespace cairn {

// Bins are as wide as a power of two and begin at its multiples, so that two bins of one histogram
// are one of a coarser one: it can be made coarser, and merged, without losing a count. They are
// the narrowest of which at most kMaxBins cover all values, in whatever order those came.
class Histogram {
 public:
  // Counts `values`, all finite, of which `low` and `high` are the least and greatest.
  void Add(std::span<const float> values, double low, double high);
  void Add(std::span<const double> values, double low, double high);
  void Merge(const Histogram& other);

  // The bins from the first to the last that is not empty; none without values.
  std::span<const uint64_t> counts() const { return counts_; }
  // Where bin `i` begins; it ends where the next does. The end of the last is
  // start(counts().size()).
  double start(size_t i) const;

  friend bool operator==(const Histogram&, const Histogram&) = default;

 private:
  template <typename T>
  void Count(std::span<const T> values, double low, double high);
  void Cover(int exponent, int64_t first, int64_t last);

  int exponent_ = 0;   // bins are 2^exponent_ wide
  int64_t first_ = 0;  // the first begins at first_ * 2^exponent_
  std::vector<uint64_t> counts_;
};

}  // namespace cairn

#endif  // CAIRN_INSPECT_HISTOGRAM_H_
