// The comparison of a segment of elements, which can be put together with those of others.
#ifndef CAIRN_INSPECT_PAIR_SUMMARY_H_
#define CAIRN_INSPECT_PAIR_SUMMARY_H_

#include <optional>

#include "cairn/core/bytes.h"
#include "cairn/core/dtype.h"
#include "cairn/inspect/value_diff.h"

namespace cairn {

class PairSummary {
 public:
  PairSummary(DType a, DType b, std::optional<Tolerance> tolerance)
      : a_(a), b_(b), tolerance_(tolerance) {}

  // Whole elements, as many of each side.
  void Add(Bytes a, Bytes b);
  void Merge(const PairSummary& other);
  ValueDiff Finish() const;

 private:
  void AddStep(Bytes a, Bytes b);
  template <typename Real>
  void AddReals(Bytes a, Bytes b, bool is_equal);
  template <typename Real>
  void AddEqual(const Real* values, size_t count);
  template <typename Real>
  void AddSingly(const Real* a, const Real* b, size_t count);
  template <typename T>
  void AddExact(Bytes a, Bytes b);
  void AddComplex(Bytes a, Bytes b);
  void AddSquares(double difference, double a, double b);

  // How far one element is apart, by the arithmetic of Real.
  struct Distance {
    double difference = 0;   // |a - b|
    double quotient = 0;     // |a - b| / |b|, or 0 where b is 0
    bool is_within = false;  // the tolerance, if both are finite
    bool is_same = false;    // a == b, also of infinities
    bool is_nan_a = false;
    bool is_nan_b = false;
    bool is_finite = false;  // on both sides
  };
  template <typename Real>
  Distance Measure(Real difference, Real size_b) const;
  void AddDistance(const Distance& distance);
  const Tolerance* tolerance() const { return tolerance_ ? &*tolerance_ : nullptr; }
  bool is_exact() const;
  bool is_narrow() const;
  bool is_counted_by_kernels() const;
  void CountDifferent(Bytes a, Bytes b);

  DType a_;
  DType b_;
  std::optional<Tolerance> tolerance_;
  uint64_t num_elements_ = 0;
  uint64_t num_different_ = 0;
  uint64_t num_nan_in_a_ = 0;
  uint64_t num_nan_in_b_ = 0;
  PairFacts facts_;
  LaneSum square_equal_ = {};  // of elements that are equal on both sides
  uint64_t exact_max_abs_ = 0;
};

}  // namespace cairn

#endif  // CAIRN_INSPECT_PAIR_SUMMARY_H_
