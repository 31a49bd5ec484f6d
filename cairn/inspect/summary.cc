#include "cairn/inspect/summary.h"

#include <algorithm>

#include "cairn/inspect/decode_elements.h"

namespace cairn {
namespace {

// Several of everything, so that the compiler may keep them in one vector.
constexpr size_t kLanes = 8;

struct Lanes {
  double low[kLanes];
  double high[kLanes];
  double sum[kLanes] = {};
  uint64_t zeros[kLanes] = {};
  uint64_t finite[kLanes] = {};

  Lanes() {
    std::ranges::fill(low, INFINITY);
    std::ranges::fill(high, -INFINITY);
  }
};

bool IsFinite(double value) { return value - value == 0; }

void Look(std::span<const double> values, Lanes& lanes) {
  size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    for (size_t k = 0; k < kLanes; ++k) {
      const double value = values[i + k];
      const bool is_finite = IsFinite(value);
      const double low = is_finite ? value : INFINITY;
      const double high = is_finite ? value : -INFINITY;
      lanes.low[k] = low < lanes.low[k] ? low : lanes.low[k];
      lanes.high[k] = high > lanes.high[k] ? high : lanes.high[k];
      lanes.sum[k] += is_finite ? value : 0;
      lanes.zeros[k] += value == 0 ? 1 : 0;
      lanes.finite[k] += is_finite ? 1 : 0;
    }
  }
  for (size_t k = 0; i < values.size(); ++i, ++k) {
    const double value = values[i];
    lanes.zeros[k] += value == 0 ? 1 : 0;
    if (!IsFinite(value)) continue;
    lanes.low[k] = std::min(lanes.low[k], value);
    lanes.high[k] = std::max(lanes.high[k], value);
    lanes.sum[k] += value;
    ++lanes.finite[k];
  }
}

double SquaresAbout(double mean, std::span<const double> values) {
  double sums[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    for (size_t k = 0; k < kLanes; ++k) {
      const double value = values[i + k];
      const double distance = IsFinite(value) ? value - mean : 0;
      sums[k] += distance * distance;
    }
  }
  for (size_t k = 0; i < values.size(); ++i, ++k) {
    if (IsFinite(values[i])) sums[k] += (values[i] - mean) * (values[i] - mean);
  }
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

template <typename T>
void Widen(std::optional<Number>& low, std::optional<Number>& high, T value_low, T value_high) {
  low = low ? std::min(std::get<T>(*low), value_low) : value_low;
  high = high ? std::max(std::get<T>(*high), value_high) : value_high;
}

}  // namespace

void Summary::Add(Bytes elements) {
  double memory[kBlockElements];
  const size_t count = elements.size() / ElementNbytes(dtype_);
  DecodeElements(dtype_, elements, memory);
  const std::span<const double> values(memory, count);
  Lanes lanes;
  Look(values, lanes);
  uint64_t num_finite = 0;
  double sum = 0;
  double low = INFINITY;
  double high = -INFINITY;
  for (size_t k = 0; k < kLanes; ++k) {
    num_zeros_ += lanes.zeros[k];
    num_finite += lanes.finite[k];
    sum += lanes.sum[k];
    low = std::min(low, lanes.low[k]);
    high = std::max(high, lanes.high[k]);
  }
  num_elements_ += count;
  if (num_finite < count) {
    for (const double value : values) {
      num_nans_ += std::isnan(value) ? 1 : 0;
      num_positive_infinities_ += value == INFINITY ? 1 : 0;
      num_negative_infinities_ += value == -INFINITY ? 1 : 0;
    }
  }
  if (num_finite == 0) return;
  low_ = std::min(low_, low);
  high_ = std::max(high_, high);
  const double mean = sum / static_cast<double>(num_finite);
  MergeMoments(num_finite, mean, SquaresAbout(mean, values));
  histogram_.Add(values, low, high);
  if (dtype_ == DType::kInt64) AddExact<int64_t>(elements);
  if (dtype_ == DType::kUInt64) AddExact<uint64_t>(elements);
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
