// Highway includes this file again for each instruction set that it is compiled for; the best that
// the machine has is chosen when the first kernel is called.
#include "cairn/inspect/block_kernels.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "cairn/core/instruction_sets.h"
#include "cairn/inspect/block_kernel_table.h"

// A group of vectors needs vectors whose width is known when it is compiled. Every machine with
// SSSE3 that is still in use has SSE4, too.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV | HWY_SSSE3)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cairn/inspect/block_kernels.cc"
#include <hwy/foreach_target.h>  // Must come before highway.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cairn {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Sums run in so many lanes, value i in lane i % kLanes, whatever the width of a vector.
constexpr size_t kLanes = 16;
// So many bytes of values are searched for extremes, then the same bytes are summed: they stay in
// the first-level cache, and each of the two loops has few enough sums for the registers.
constexpr size_t kStepNbytes = size_t{16} << 10;
// Where kLanes take more registers than these, a loop goes over the values once for each group of
// lanes, since half of the 16 registers of SSE and AVX2 are needed for something else.
constexpr size_t kMaxVectors = 4;

template <typename T>
using Tag = hn::CappedTag<T, kLanes>;
template <typename T>
constexpr size_t kWidth = hn::MaxLanes(Tag<T>());
template <typename T>
constexpr size_t kMost = std::min(kMaxVectors, kLanes / kWidth<T>);

template <typename T>
using PerLane = std::array<T, kLanes>;

// The vectors of some of the lanes, as many as a group has.
template <typename T, size_t kCount>
struct Group {
  hn::Vec<Tag<T>> vectors[kCount];

  HWY_INLINE explicit Group(const T* lanes) {
    for (size_t k = 0; k < kCount; ++k) vectors[k] = hn::LoadU(Tag<T>(), lanes + k * kWidth<T>);
  }
  HWY_INLINE void Store(T* lanes) const {
    for (size_t k = 0; k < kCount; ++k) hn::StoreU(vectors[k], Tag<T>(), lanes + k * kWidth<T>);
  }
};

// The lower of both; of 0 and -0 the one that was there before. Min and Max of x86 do just that.
template <typename V>
HWY_INLINE V Lower(V value, V before) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR
  return hn::Min(value, before);
#else
  return hn::IfThenElse(hn::Lt(value, before), value, before);
#endif
}
template <typename V>
HWY_INLINE V Higher(V value, V before) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR
  return hn::Max(value, before);
#else
  return hn::IfThenElse(hn::Gt(value, before), value, before);
#endif
}

template <typename T>
struct Extremes {
  PerLane<T> low;
  PerLane<T> high;
  uint64_t num_zeros = 0;
};

// Searches the lanes from `first` on, as many as kCount vectors have.
template <size_t kCount, typename T>
HWY_INLINE void FindExtremesIn(size_t first, std::span<const T> values, Extremes<T>& extremes) {
  using Integer = hwy::MakeSigned<T>;
  const Tag<T> d;
  const auto zero = hn::Zero(d);
  Group<T, kCount> low(extremes.low.data() + first);
  Group<T, kCount> high(extremes.high.data() + first);
  PerLane<Integer> num_zeros = {};
  Group<Integer, kCount> zeros(num_zeros.data());
  for (size_t i = first; i < values.size(); i += kLanes) {
    for (size_t k = 0; k < kCount; ++k) {
      const auto value = hn::LoadU(d, values.data() + i + k * kWidth<T>);
      low.vectors[k] = Lower(value, low.vectors[k]);
      high.vectors[k] = Higher(value, high.vectors[k]);
      // A lane of the mask that is true is the integer -1, so that subtracting it counts one.
      const auto is_zero = hn::VecFromMask(d, hn::Eq(value, zero));
      zeros.vectors[k] = hn::Sub(zeros.vectors[k], hn::BitCast(Tag<Integer>(), is_zero));
    }
  }
  low.Store(extremes.low.data() + first);
  high.Store(extremes.high.data() + first);
  zeros.Store(num_zeros.data());
  for (const Integer count : num_zeros) extremes.num_zeros += static_cast<uint64_t>(count);
}

// `values` has whole rounds of kLanes.
template <typename T>
HWY_INLINE void FindExtremes(std::span<const T> values, Extremes<T>& extremes) {
  // Minima, maxima and numbers of zeros are three sums.
  constexpr size_t kCount = kMost<T>;
  for (size_t first = 0; first < kLanes; first += kCount * kWidth<T>)
    FindExtremesIn<kCount>(first, values, extremes);
}

HWY_INLINE hn::Vec<Tag<double>> LoadDoubles(const double* from) {
  return hn::LoadU(Tag<double>(), from);
}
HWY_INLINE hn::Vec<Tag<double>> LoadDoubles(const float* from) {
  return hn::PromoteTo(Tag<double>(), hn::LoadU(hn::Rebind<float, Tag<double>>(), from));
}

struct Moments {
  PerLane<double> sums = {};     // of the distances from a given value
  PerLane<double> squares = {};  // of the same distances
};

// `values` has whole rounds of kLanes.
template <bool kHasSums, typename T>
HWY_INLINE void AddMoments(double about, std::span<const T> values, Moments& moments) {
  constexpr size_t kCount = kMost<double>;
  const auto center = hn::Set(Tag<double>(), about);
  for (size_t first = 0; first < kLanes; first += kCount * kWidth<double>) {
    Group<double, kCount> sums(moments.sums.data() + first);
    Group<double, kCount> squares(moments.squares.data() + first);
    for (size_t i = first; i < values.size(); i += kLanes) {
      for (size_t k = 0; k < kCount; ++k) {
        const auto value = LoadDoubles(values.data() + i + k * kWidth<double>);
        const auto distance = hn::Sub(value, center);
        if (kHasSums) sums.vectors[k] = hn::Add(sums.vectors[k], distance);
        // MulAdd rounds once where the machine has a fused instruction and twice where it does not,
        // and the result must not depend on the machine.
        squares.vectors[k] = hn::Add(squares.vectors[k], hn::Mul(distance, distance));
      }
    }
    sums.Store(moments.sums.data() + first);
    squares.Store(moments.squares.data() + first);
  }
}

// A sum of squares that is finite has finite terms only. The values themselves are asked where it
// is not, since squares of large finite doubles overflow.
template <typename T>
bool AreFinite(double squares, std::span<const T> values) {
  return std::isfinite(squares) ||
         std::ranges::all_of(values, [](T value) { return std::isfinite(value); });
}

template <typename T>
BlockFacts Look(double about, std::span<const T> values) {
  Extremes<T> extremes;
  // A block of fewer than kLanes values has no round, and its lanes must not win: they start with a
  // value of the block.
  extremes.low.fill(values[0]);
  extremes.high.fill(values[0]);
  Moments moments;
  std::span<const T> rounds = values.first(values.size() / kLanes * kLanes);
  for (; !rounds.empty();) {
    const std::span<const T> step = rounds.first(std::min(rounds.size(), kStepNbytes / sizeof(T)));
    FindExtremes(step, extremes);
    AddMoments<true>(about, step, moments);
    rounds = rounds.subspan(step.size());
  }
  BlockFacts facts;
  facts.low = facts.high = static_cast<double>(values[0]);
  facts.num_zeros = extremes.num_zeros;
  for (size_t k = 0; k < kLanes; ++k) {
    facts.low = std::min(facts.low, static_cast<double>(extremes.low[k]));
    facts.high = std::max(facts.high, static_cast<double>(extremes.high[k]));
    facts.sum += moments.sums[k];
    facts.squares += moments.squares[k];
  }
  for (const T value : values.subspan(values.size() / kLanes * kLanes)) {
    facts.low = std::min(facts.low, static_cast<double>(value));
    facts.high = std::max(facts.high, static_cast<double>(value));
    const double distance = static_cast<double>(value) - about;
    facts.sum += distance;
    facts.squares += distance * distance;
    facts.num_zeros += value == 0 ? 1 : 0;
  }
  facts.is_finite = AreFinite(facts.squares, values);
  return facts;
}

template <typename T>
double AddSquares(double mean, std::span<const T> values) {
  const size_t in_rounds = values.size() / kLanes * kLanes;
  Moments moments;
  AddMoments<false>(mean, values.first(in_rounds), moments);
  double total = 0;
  for (const double square : moments.squares) total += square;
  for (const T value : values.subspan(in_rounds)) {
    const double distance = static_cast<double>(value) - mean;
    total += distance * distance;
  }
  return total;
}

// floor(value * scale) - first; what scaling makes vanish stays below zero where it was.
template <typename T>
HWY_INLINE size_t BinOf(T value, T scale, int32_t first) {
  const T scaled = value * scale;
  const auto bin = static_cast<int32_t>(scaled);
  const bool is_below = (scaled < static_cast<T>(bin)) | ((value < 0) & (bin == 0));
  return static_cast<size_t>(bin - first - (is_below ? 1 : 0));
}

template <typename T>
HWY_INLINE void CountSingly(std::span<const T> values, T scale, int32_t first, uint64_t* counts) {
  for (const T value : values) ++counts[BinOf(value, scale, first)];
}

#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128

template <typename T>
void Count(std::span<const T> values, T scale, int32_t first, uint64_t* counts) {
  CountSingly(values, scale, first, counts);
}

#else

// Returns whole numbers from 0 to kMaxBins - 1 as integers. Added to the number whose last digit is
// worth one, they become its last digits; a conversion would take twice the instructions, since it
// also does what is right for numbers that no integer can be.
HWY_INLINE hn::Vec<hn::Rebind<int32_t, Tag<float>>> ToIntegers(hn::Vec<Tag<float>> value) {
  const auto digits = hn::Set(Tag<float>(), 0x1p23F);
  const hn::Rebind<int32_t, Tag<float>> to;
  return hn::Xor(hn::BitCast(to, hn::Add(value, digits)), hn::BitCast(to, digits));
}
HWY_INLINE hn::Vec<hn::Rebind<int32_t, Tag<double>>> ToIntegers(hn::Vec<Tag<double>> value) {
  return hn::DemoteTo(hn::Rebind<int32_t, Tag<double>>(), value);
}

// BinOf for a vector. `first` is a vector of integers: their difference from another is exact.
template <bool kMayVanish, typename T, typename V = hn::Vec<Tag<T>>>
HWY_INLINE hn::Vec<hn::Rebind<int32_t, Tag<T>>> BinsOf(V value, V scale, V first) {
  const Tag<T> d;
  const V scaled = hn::Mul(value, scale);
  V floor = hn::Floor(scaled);
  if (kMayVanish) {
    const V zero = hn::Zero(d);
    const auto has_vanished = hn::And(hn::Lt(value, zero), hn::Eq(scaled, zero));
    floor = hn::IfThenElse(has_vanished, hn::Set(d, T{-1}), floor);
  }
  return ToIntegers(hn::Sub(floor, first));
}

constexpr size_t kBatch = 512;
constexpr int kBinBits = 6;
static_assert(kMaxBins == 1 << kBinBits);
// Neighbours often share their bins: with two tables one count need not wait for the other.
constexpr size_t kTables = 2;
// Counting a pair is so little work that the loop around it should not take much, either.
constexpr size_t kPairsInARound = 8;
using PairTables = uint16_t[kTables][kMaxBins * kMaxBins];

// Writes the bins of values 2i and 2i + 1 as one number to pairs[2i]: kBinBits of the first, then
// those of the second. The elements between are not used.
template <bool kMayVanish, typename T>
HWY_INLINE void FindPairs(const T* values, T scale, int32_t first, int32_t (&pairs)[kBatch]) {
  const auto scales = hn::Set(Tag<T>(), scale);
  const auto firsts = hn::Set(Tag<T>(), static_cast<T>(first));
  const hn::Rebind<int32_t, Tag<T>> narrow;
  const hn::Repartition<uint64_t, decltype(narrow)> wide;
  for (size_t i = 0; i < kBatch; i += kWidth<T>) {
    const auto value = hn::LoadU(Tag<T>(), values + i);
    const auto both = hn::BitCast(wide, BinsOf<kMayVanish, T>(value, scales, firsts));
    const auto pair = hn::Or(both, hn::ShiftRight<32 - kBinBits>(both));
    hn::StoreU(hn::BitCast(narrow, pair), narrow, pairs + i);
  }
}

HWY_INLINE void AddPairs(const PairTables& tables, uint64_t* counts) {
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
template <bool kMayVanish, typename T>
HWY_INLINE void CountPairs(std::span<const T> values, T scale, int32_t first, uint64_t* counts) {
  PairTables tables = {};
  int32_t pairs[kBatch];
  for (; !values.empty(); values = values.subspan(kBatch)) {
    FindPairs<kMayVanish>(values.data(), scale, first, pairs);
    for (size_t i = 0; i < kBatch; i += 2 * kPairsInARound) {
      for (size_t k = 0; k < kPairsInARound; ++k) ++tables[k % kTables][pairs[i + 2 * k]];
    }
  }
  AddPairs(tables, counts);
}

template <typename T>
void Count(std::span<const T> values, T scale, int32_t first, uint64_t* counts) {
  constexpr size_t kFewest = 4096;  // which are worth the tables
  constexpr size_t kMostAtOnce = size_t{1} << 17;
  while (values.size() >= kFewest) {
    const size_t count = std::min(kMostAtOnce, values.size() / kBatch * kBatch);
    if (scale < 1) {
      CountPairs<true>(values.first(count), scale, first, counts);
    } else {
      CountPairs<false>(values.first(count), scale, first, counts);
    }
    values = values.subspan(count);
  }
  CountSingly(values, scale, first, counts);
}

#endif

constexpr BlockKernels kBlockKernels = {
    .look_at_floats = Look<float>,
    .look_at_doubles = Look<double>,
    .add_float_squares = AddSquares<float>,
    .add_double_squares = AddSquares<double>,
    .count_floats = Count<float>,
    .count_doubles = Count<double>,
};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace cairn
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cairn {

template <>
std::vector<KernelsOfTarget<BlockKernels>> AllKernels() {
  std::vector<KernelsOfTarget<BlockKernels>> all;
#if HWY_TARGETS & HWY_AVX3
  if (HasAvx3()) all.push_back({hwy::TargetName(HWY_AVX3), &N_AVX3::kBlockKernels});
#endif
#if HWY_TARGETS & HWY_AVX2
  if (HasAvx2()) all.push_back({hwy::TargetName(HWY_AVX2), &N_AVX2::kBlockKernels});
#endif
#if HWY_TARGETS & HWY_SSE4
  if (HasSse4()) all.push_back({hwy::TargetName(HWY_SSE4), &N_SSE4::kBlockKernels});
#endif
  // The compiler may use this target everywhere. On ARM it is NEON, and the only one.
  if (all.empty() || (HWY_STATIC_TARGET & ~(HWY_AVX3 | HWY_AVX2 | HWY_SSE4)))
    all.push_back({hwy::TargetName(HWY_STATIC_TARGET), &HWY_STATIC_DISPATCH(kBlockKernels)});
  return all;
}

BlockFacts LookAt(double about, std::span<const float> values) {
  return KernelsInUse<BlockKernels>().look_at_floats(about, values);
}
BlockFacts LookAt(double about, std::span<const double> values) {
  return KernelsInUse<BlockKernels>().look_at_doubles(about, values);
}

double SquaresAbout(double mean, std::span<const float> values) {
  return KernelsInUse<BlockKernels>().add_float_squares(mean, values);
}
double SquaresAbout(double mean, std::span<const double> values) {
  return KernelsInUse<BlockKernels>().add_double_squares(mean, values);
}

void CountBins(std::span<const float> values, float scale, int32_t first, uint64_t* counts) {
  KernelsInUse<BlockKernels>().count_floats(values, scale, first, counts);
}
void CountBins(std::span<const double> values, double scale, int32_t first, uint64_t* counts) {
  KernelsInUse<BlockKernels>().count_doubles(values, scale, first, counts);
}

}  // namespace cairn
#endif  // HWY_ONCE
