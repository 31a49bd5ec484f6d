#include "cairn/inspect/summary.h"

#include <algorithm>

#include "cairn/source/decode_elements.h"

namespace cairn {
namespace {

template <typename T>
void Widen(std::optional<Number>& low, std::optional<Number>& high, T value_low, T value_high) {
  low = low ? std::min(std::get<T>(*low), value_low) : value_low;
  high = high ? std::max(std::get<T>(*high), value_high) : value_high;
}

// The elements as they lie, where they are what is wanted, or in `memory`.
template <typename Real>
std::span<const Real> Decoded(DType dtype, Bytes elements, Real* memory) {
  const size_t count = elements.size() / ElementNbytes(dtype);
  const bool is_aligned = reinterpret_cast<uintptr_t>(elements.data()) % alignof(Real) == 0;
  if (dtype == DTypeOf<Real>() && is_aligned)
    return {reinterpret_cast<const Real*>(elements.data()), count};
  DecodeElements(dtype, elements, memory);
  return {memory, count};
}

}  // namespace

void Summary::Add(Bytes elements) {
  if (FitsFloat32(dtype_)) {
    AddAs<float>(elements);
  } else {
    AddAs<double>(elements);
  }
  if (dtype_ == DType::kInt64) AddExact<int64_t>(elements);
  if (dtype_ == DType::kUInt64) AddExact<uint64_t>(elements);
}

template <typename Real>
void Summary::AddAs(Bytes elements) {
  Real memory[kBlockElements];
  std::span<const Real> values = Decoded(dtype_, elements, memory);
  num_elements_ += values.size();
  if (values.empty()) return;
  BlockFacts facts = LookAt(Near(values), values);
  if (!facts.is_finite) {
    values = KeepFinite(values, memory);
    if (values.empty()) return;
    facts = LookAt(Near(values), values);
  }
  num_zeros_ += facts.num_zeros;
  low_ = std::min(low_, facts.low);
  high_ = std::max(high_, facts.high);
  AddMoments(facts, values);
  histogram_.Add(values, facts.low, facts.high);
}

// A value from which those at hand are probably not far.
template <typename Real>
double Summary::Near(std::span<const Real> values) const {
  const bool has_mean = num_finite_ > 0 && std::isfinite(mean_);
  return has_mean ? mean_ : static_cast<double>(values[0]);
}

// One pass is enough where the mean is near the value that it was done about; else what is left of
// the squares would be lost in rounding.
template <typename Real>
void Summary::AddMoments(const BlockFacts& facts, std::span<const Real> values) {
  constexpr double kMostOffMean = 1000;
  const auto count = static_cast<double>(values.size());
  const double mean = Near(values) + facts.sum / count;
  const double off_mean = facts.sum * (facts.sum / count);
  double squares = facts.squares - off_mean;
  if (!(off_mean <= kMostOffMean * squares)) squares = SquaresAbout(mean, values);
  MergeMoments(values.size(), mean, squares);
}

// Counts the others; those that are finite go to `memory`, which may be that of `values`.
template <typename Real>
std::span<const Real> Summary::KeepFinite(std::span<const Real> values, Real* memory) {
  size_t kept = 0;
  for (const Real value : values) {
    if (std::isfinite(value)) {
      memory[kept++] = value;
    } else if (std::isnan(value)) {
      ++num_nans_;
    } else {
      ++(value > 0 ? num_positive_infinities_ : num_negative_infinities_);
    }
  }
  return {memory, kept};
}

template <typename T>
void Summary::AddExact(Bytes elements) {
  T low = LoadLittleEndian<T>(elements.data());
  T high = low;
  for (size_t at = 0; at < elements.size(); at += sizeof(T)) {
    const T value = LoadLittleEndian<T>(elements.data() + at);
    low = std::min(low, value);
    high = std::max(high, value);
  }
  Widen<T>(exact_low_, exact_high_, low, high);
}

// Chan, Golub, LeVeque: the moments of two sets from those of each.
void Summary::MergeMoments(uint64_t count, double mean, double squares) {
  if (count == 0) return;
  const auto own = static_cast<double>(num_finite_);
  const auto other = static_cast<double>(count);
  const double distance = mean - mean_;
  mean_ += distance * (other / (own + other));
  squares_ += squares + distance * distance * (own * (other / (own + other)));
  num_finite_ += count;
}

void Summary::Merge(const Summary& other) {
  num_elements_ += other.num_elements_;
  num_zeros_ += other.num_zeros_;
  num_nans_ += other.num_nans_;
  num_positive_infinities_ += other.num_positive_infinities_;
  num_negative_infinities_ += other.num_negative_infinities_;
  low_ = std::min(low_, other.low_);
  high_ = std::max(high_, other.high_);
  MergeMoments(other.num_finite_, other.mean_, other.squares_);
  if (other.exact_low_ && std::holds_alternative<int64_t>(*other.exact_low_)) {
    Widen<int64_t>(exact_low_, exact_high_, std::get<int64_t>(*other.exact_low_),
                   std::get<int64_t>(*other.exact_high_));
  }
  if (other.exact_low_ && std::holds_alternative<uint64_t>(*other.exact_low_)) {
    Widen<uint64_t>(exact_low_, exact_high_, std::get<uint64_t>(*other.exact_low_),
                    std::get<uint64_t>(*other.exact_high_));
  }
  histogram_.Merge(other.histogram_);
}

Statistics Summary::Finish() const {
  Statistics statistics;
  statistics.num_elements = num_elements_;
  statistics.num_zeros = num_zeros_;
  statistics.num_nans = num_nans_;
  statistics.num_positive_infinities = num_positive_infinities_;
  statistics.num_negative_infinities = num_negative_infinities_;
  if (num_finite_ == 0) return statistics;
  statistics.min = exact_low_.value_or(low_);
  statistics.max = exact_high_.value_or(high_);
  statistics.mean = mean_;
  statistics.stddev = std::sqrt(squares_ / static_cast<double>(num_finite_));
  statistics.histogram = histogram_;
  return statistics;
}

}  // namespace cairn
