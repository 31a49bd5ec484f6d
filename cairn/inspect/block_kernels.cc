#include "cairn/inspect/block_kernels.h"

#include <algorithm>
#include <cstring>

// The loader chooses among these. Sanitizers cannot follow it there.
#if defined(__x86_64__) && defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && !defined(__clang__)
#define CAIRN_FOR_EACH_MACHINE \
  __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define CAIRN_FOR_EACH_MACHINE
#endif
#define CAIRN_INLINE [[gnu::always_inline]] inline

namespace cairn {
namespace {

constexpr size_t kLanes = 16;

// kLanes elements of a type; the compiler spreads them over as many registers as it takes.
template <typename T>
struct VectorOf {
  using Type __attribute__((vector_size(kLanes * sizeof(T)))) = T;
};
template <typename T>
using Vector = typename VectorOf<T>::Type;
using Doubles = Vector<double>;

template <typename T>
CAIRN_INLINE void Load(const T* from, Vector<T>& to) {
  std::memcpy(&to, from, sizeof(to));
}

template <typename T>
CAIRN_INLINE BlockFacts Look(double about, std::span<const T> values) {
  Vector<T> low = Vector<T>{} + values[0];
  Vector<T> high = low;
  Vector<T> differences = {};  // of values from themselves: NaN where one is not finite
  Doubles sum = {};
  Doubles squares = {};
  auto zeros = low != low;
  zeros = zeros ^ zeros;
  size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    Vector<T> value;
    Load(values.data() + i, value);
    low = value < low ? value : low;
    high = value > high ? value : high;
    differences += value - value;
    zeros -= value == 0;
    const Doubles distance = __builtin_convertvector(value, Doubles) - about;
    sum += distance;
    squares += distance * distance;
  }
  T difference = 0;
  BlockFacts facts = {
      static_cast<double>(values[0]), static_cast<double>(values[0]), 0, 0, 0, false};
  for (size_t k = 0; k < kLanes; ++k) {
    facts.low = std::min(facts.low, static_cast<double>(low[k]));
    facts.high = std::max(facts.high, static_cast<double>(high[k]));
    facts.sum += sum[k];
    facts.squares += squares[k];
    facts.num_zeros += static_cast<uint64_t>(zeros[k]);
    difference += differences[k];
  }
  for (; i < values.size(); ++i) {
    facts.low = std::min(facts.low, static_cast<double>(values[i]));
    facts.high = std::max(facts.high, static_cast<double>(values[i]));
    const double distance = static_cast<double>(values[i]) - about;
    facts.sum += distance;
    facts.squares += distance * distance;
    facts.num_zeros += values[i] == 0 ? 1 : 0;
    difference += values[i] - values[i];
  }
  facts.is_finite = difference == 0;
  return facts;
}

template <typename T>
CAIRN_INLINE double AddSquares(double mean, std::span<const T> values) {
  Doubles sums = {};
  size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    Vector<T> value;
    Load(values.data() + i, value);
    const Doubles distance = __builtin_convertvector(value, Doubles) - mean;
    sums += distance * distance;
  }
  double total = 0;
  for (size_t k = 0; k < kLanes; ++k) total += sums[k];
  for (; i < values.size(); ++i) {
    const double distance = static_cast<double>(values[i]) - mean;
    total += distance * distance;
  }
  return total;
}

// floor(value * scale) - first; what scaling makes vanish stays below zero where it was.
template <typename T>
CAIRN_INLINE uint8_t BinOf(T value, T scale, int32_t first) {
  const T scaled = value * scale;
  const auto bin = static_cast<int32_t>(scaled);
  const bool is_below = (scaled < static_cast<T>(bin)) | ((value < 0) & (bin == 0));
  return static_cast<uint8_t>(bin - first - (is_below ? 1 : 0));
}

template <typename T>
CAIRN_INLINE void CountSingly(std::span<const T> values, T scale, int32_t first, uint64_t* counts) {
  for (const T value : values) ++counts[BinOf(value, scale, first)];
}

constexpr size_t kBatch = 512;
// Neighbours often share their bins: with two tables one count need not wait for the other.
constexpr size_t kTables = 2;
using PairTables = uint16_t[kTables][kMaxBins * kMaxBins];

CAIRN_INLINE void AddPairs(const PairTables& tables, uint64_t* counts) {
  uint32_t of_firsts[kMaxBins] = {};
  for (size_t second = 0; second < kMaxBins; ++second) {
    uint32_t of_second = 0;
    for (size_t first = 0; first < kMaxBins; ++first) {
      const size_t at = second * kMaxBins + first;
      const uint32_t count = uint32_t{tables[0][at]} + tables[1][at];
      of_firsts[first] += count;
      of_second += count;
    }
    counts[second] += of_second;
  }
  for (size_t bin = 0; bin < kMaxBins; ++bin) counts[bin] += of_firsts[bin];
}

// Two neighbours at a time, by the bins of both: each count takes a cycle, however little it does.
// At most 2^17 values, a multiple of kBatch.
template <typename T>
CAIRN_INLINE void CountPairs(std::span<const T> values, T scale, int32_t first, uint64_t* counts) {
  PairTables tables = {};
  uint8_t bins[kBatch];
  uint16_t pairs[kBatch / 2];
  for (; !values.empty(); values = values.subspan(kBatch)) {
    for (size_t i = 0; i < kBatch; ++i) bins[i] = BinOf(values[i], scale, first);
    std::memcpy(pairs, bins, sizeof(pairs));
    for (uint16_t& pair : pairs)
      pair = static_cast<uint16_t>((pair & 0xff) | (pair >> 8) * kMaxBins);
    for (size_t i = 0; i < kBatch / 2; i += kTables) {
      for (size_t k = 0; k < kTables; ++k) ++tables[k][pairs[i + k]];
    }
  }
  AddPairs(tables, counts);
}

template <typename T>
CAIRN_INLINE void Count(std::span<const T> values, T scale, int32_t first, uint64_t* counts) {
  constexpr size_t kFewest = 4096;  // which are worth the tables
  constexpr size_t kMost = size_t{1} << 17;
  while (values.size() >= kFewest) {
    const size_t count = std::min(kMost, values.size() / kBatch * kBatch);
    CountPairs(values.first(count), scale, first, counts);
    values = values.subspan(count);
  }
  CountSingly(values, scale, first, counts);
}

}  // namespace

CAIRN_FOR_EACH_MACHINE
BlockFacts LookAt(double about, std::span<const float> values) { return Look(about, values); }
CAIRN_FOR_EACH_MACHINE
BlockFacts LookAt(double about, std::span<const double> values) { return Look(about, values); }

CAIRN_FOR_EACH_MACHINE
double SquaresAbout(double mean, std::span<const float> values) { return AddSquares(mean, values); }
CAIRN_FOR_EACH_MACHINE
double SquaresAbout(double mean, std::span<const double> values) {
  return AddSquares(mean, values);
}

CAIRN_FOR_EACH_MACHINE
void CountBins(std::span<const float> values, float scale, int32_t first, uint64_t* counts) {
  Count(values, scale, first, counts);
}
CAIRN_FOR_EACH_MACHINE
void CountBins(std::span<const double> values, double scale, int32_t first, uint64_t* counts) {
  Count(values, scale, first, counts);
}

}  // namespace cairn
