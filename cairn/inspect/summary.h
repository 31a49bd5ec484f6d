// Statistics of a segment of elements, which can be put together with those of others.
#ifndef CAIRN_INSPECT_SUMMARY_H_
#define CAIRN_INSPECT_SUMMARY_H_

#include <cmath>

#include "cairn/inspect/statistics.h"

namespace cairn {

// Elements that are shown at once: decoded, they stay in the first-level cache for three passes.
inline constexpr size_t kBlockElements = 16384;

class Summary {
 public:
  explicit Summary(DType dtype) : dtype_(dtype) {}

  // At most kBlockElements, whole.
  void Add(Bytes elements);
  void Merge(const Summary& other);
  Statistics Finish() const;

 private:
  template <typename Real>
  void AddAs(Bytes elements);
  template <typename Real>
  double Near(std::span<const Real> values) const;
  template <typename Real>
  void AddMoments(const BlockFacts& facts, std::span<const Real> values);
  template <typename Real>
  std::span<const Real> KeepFinite(std::span<const Real> values, Real* memory);
  template <typename T>
  void AddExact(Bytes elements);
  void MergeMoments(uint64_t count, double mean, double squares);

  DType dtype_;
  uint64_t num_elements_ = 0;
  uint64_t num_zeros_ = 0;
  uint64_t num_nans_ = 0;
  uint64_t num_positive_infinities_ = 0;
  uint64_t num_negative_infinities_ = 0;
  uint64_t num_finite_ = 0;
  double low_ = INFINITY;
  double high_ = -INFINITY;
  double mean_ = 0;
  double squares_ = 0;  // of the distances from the mean, added up
  // The extremes of 64-bit integers, exactly.
  std::optional<Number> exact_low_;
  std::optional<Number> exact_high_;
  Histogram histogram_;
};

}  // namespace cairn

#endif  // CAIRN_INSPECT_SUMMARY_H_
