#include "cairn/inspect/histogram.h"

#include <algorithm>
#include <cmath>

namespace cairn {
namespace {

// Numbers of bins stay within 2^53, where they are exact.
constexpr int kMantissaBits = 52;
constexpr int kLeastExponent = -1074;

// The bin of a value, exactly: scaling by a power of two rounds nothing but what vanishes.
int64_t BinOf(double value, int exponent) {
  const auto bin = static_cast<int64_t>(std::floor(std::ldexp(value, -exponent)));
  return bin == 0 && value < 0 ? -1 : bin;
}

// A bin of 2^by bins of the old width.
int64_t Coarser(int64_t bin, int by) { return by > 62 ? (bin < 0 ? -1 : 0) : bin >> by; }

bool Fits(int64_t first, int64_t last) { return last - first < static_cast<int64_t>(kMaxBins); }

// The least exponent at which the bins between two values fit.
int ExponentFor(double low, double high) {
  const double greatest = std::max(std::fabs(low), std::fabs(high));
  if (greatest == 0) return kLeastExponent;
  int exponent = std::max(std::ilogb(greatest) - kMantissaBits, kLeastExponent);
  // Half of the range is at least 2^e, so that 2^(e - 6) makes more bins than fit.
  if (const double half = high / 2 - low / 2; half > 0)
    exponent = std::max(exponent, std::ilogb(half) - 6);
  while (!Fits(BinOf(low, exponent), BinOf(high, exponent))) ++exponent;
  return exponent;
}

}  // namespace

double Histogram::start(size_t i) const {
  return std::ldexp(static_cast<double>(first_ + static_cast<int64_t>(i)), exponent_);
}

// Makes room for bins [first, last] of this width or of the own, whichever is coarser.
void Histogram::Cover(int exponent, int64_t first, int64_t last) {
  if (counts_.empty()) {
    exponent_ = exponent;
    first_ = first;
    counts_.assign(static_cast<size_t>(last - first + 1), 0);
    return;
  }
  const int64_t own_last = first_ + static_cast<int64_t>(counts_.size()) - 1;
  int to = std::max(exponent, exponent_);
  const auto union_first = [&] {
    return std::min(Coarser(first, to - exponent), Coarser(first_, to - exponent_));
  };
  const auto union_last = [&] {
    return std::max(Coarser(last, to - exponent), Coarser(own_last, to - exponent_));
  };
  // Each step doubles the width: a new bin is the union of two old ones, so that counts carry over
  // exactly and no value is read again.
  while (!Fits(union_first(), union_last())) ++to;
  const int64_t new_first = union_first();
  std::vector<uint64_t> counts(static_cast<size_t>(union_last() - new_first + 1), 0);
  for (size_t i = 0; i < counts_.size(); ++i) {
    const int64_t bin = Coarser(first_ + static_cast<int64_t>(i), to - exponent_);
    counts[static_cast<size_t>(bin - new_first)] += counts_[i];
  }
  exponent_ = to;
  first_ = new_first;
  counts_ = std::move(counts);
}

template <typename T>
void Histogram::Count(std::span<const T> values, double low, double high) {
  const int exponent = ExponentFor(low, high);
  Cover(exponent, BinOf(low, exponent), BinOf(high, exponent));
  const auto scale = static_cast<T>(std::ldexp(1.0, -exponent_));
  const int64_t limit = int64_t{1} << 30;
  if (std::isnormal(scale) && first_ > -limit && first_ < limit - int64_t{kMaxBins}) {
    uint64_t counts[kMaxBins] = {};
    CountBins(values, scale, static_cast<int32_t>(first_), counts);
    for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += counts[i];
    return;
  }
  for (const T value : values)
    ++counts_[static_cast<size_t>(BinOf(static_cast<double>(value), exponent_) - first_)];
}

void Histogram::Add(std::span<const float> values, double low, double high) {
  Count(values, low, high);
}
void Histogram::Add(std::span<const double> values, double low, double high) {
  Count(values, low, high);
}

void Histogram::Merge(const Histogram& other) {
  if (other.counts_.empty()) return;
  const int64_t last = other.first_ + static_cast<int64_t>(other.counts_.size()) - 1;
  Cover(other.exponent_, other.first_, last);
  for (size_t i = 0; i < other.counts_.size(); ++i) {
    const int64_t bin =
        Coarser(other.first_ + static_cast<int64_t>(i), exponent_ - other.exponent_);
    counts_[static_cast<size_t>(bin - first_)] += other.counts_[i];
  }
}

}  // namespace cairn
