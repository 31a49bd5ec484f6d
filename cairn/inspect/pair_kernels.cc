// Highway includes this file again for each instruction set that it is compiled for.
#include "cairn/inspect/pair_kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "cairn/core/instruction_sets.h"

// Vectors whose width is known when it is compiled stand for fixed lanes. Every machine with SSSE3
// that is still in use has SSE4, too.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV | HWY_SSSE3)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cairn/inspect/pair_kernels.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>  // Must come before highway.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cairn {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// So many elements are summed up in float32, where they are.
constexpr size_t kRun = 8 * kPairLanes;

// An element by itself, where it may not be aligned.
template <typename T>
HWY_INLINE T LoadOne(const T* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
// Returns whether the sum is finite.
HWY_INLINE bool AddSquareOf(double value, double& sum) {
  sum += value * value;
  return std::isfinite(sum);
}

// Adds all but the squares.
template <bool kHasTolerance, typename T>
HWY_INLINE void AddDistance(T a, T b, const Tolerance& tolerance, PairFacts& facts) {
  const T distance = std::fabs(a - b);
  const T size_b = std::fabs(b);
  using Bits = hwy::MakeUnsigned<T>;
  facts.num_different += std::bit_cast<Bits>(a) != std::bit_cast<Bits>(b) ? 1 : 0;
  facts.max_abs = std::max(facts.max_abs, static_cast<double>(distance));
  if (size_b != 0) facts.max_rel = std::max(facts.max_rel, static_cast<double>(distance / size_b));
  const T product = static_cast<T>(tolerance.rtol) * size_b;
  if (kHasTolerance && distance > static_cast<T>(tolerance.atol) + product) ++facts.num_over;
}

template <bool kHasTolerance, typename T>
HWY_INLINE bool CompareOne(const T* a, const T* b, size_t lane, const Tolerance& tolerance,
                           PairFacts& facts) {
  const T of_a = LoadOne(a);
  const T of_b = LoadOne(b);
  AddDistance<kHasTolerance>(of_a, of_b, tolerance, facts);
  AddSquareOf(static_cast<double>(of_a) - static_cast<double>(of_b), facts.square_difference[lane]);
  const bool a_is_finite = AddSquareOf(of_a, facts.square_a[lane]);
  const bool b_is_finite = AddSquareOf(of_b, facts.square_b[lane]);
  return a_is_finite && b_is_finite;
}

#if HWY_TARGET == HWY_SCALAR

constexpr size_t kGroupLanes = 1;

// Sums of the squares of one lane in float64.
struct WideSums {
  template <bool kHasTolerance, typename T>
  static bool Add(size_t lane, const T* a, const T* b, size_t count, const Tolerance& tolerance,
                  PairFacts& facts) {
    bool is_finite = true;
    for (size_t i = lane; i < count; i += kPairLanes)
      is_finite &= CompareOne<kHasTolerance>(a + i, b + i, lane, tolerance, facts);
    return is_finite;
  }
};

// Adds a few of the squares in float32 before they go on in float64.
struct NarrowSums {
  template <bool kHasTolerance>
  static bool Add(size_t lane, const float* a, const float* b, size_t count,
                  const Tolerance& tolerance, PairFacts& facts) {
    for (size_t begin = lane; begin < count; begin += kRun) {
      float difference = 0, square_a = 0, square_b = 0;
      for (size_t i = begin; i < std::min(begin + kRun, count); i += kPairLanes) {
        const float of_a = LoadOne(a + i);
        const float of_b = LoadOne(b + i);
        AddDistance<kHasTolerance>(of_a, of_b, tolerance, facts);
        difference += (of_a - of_b) * (of_a - of_b);
        square_a += of_a * of_a;
        square_b += of_b * of_b;
      }
      facts.square_difference[lane] += static_cast<double>(difference);
      facts.square_a[lane] += static_cast<double>(square_a);
      facts.square_b[lane] += static_cast<double>(square_b);
    }
    return std::isfinite(facts.square_a[lane]) && std::isfinite(facts.square_b[lane]);
  }
};

template <typename Sums, bool kHasTolerance, typename T>
bool CompareLanes(size_t first, const T* a, const T* b, size_t count, const Tolerance& tolerance,
                  PairFacts& facts) {
  return Sums::template Add<kHasTolerance>(first, a, b, count, tolerance, facts);
}

template <typename T>
bool SquareLanes(size_t first, const T* values, size_t count, LaneSum& squares) {
  bool is_finite = true;
  for (size_t i = first; i < count; i += kPairLanes)
    is_finite &= AddSquareOf(LoadOne(values + i), squares[first]);
  return is_finite;
}

#else

using Wide = hn::CappedTag<double, kPairLanes / 2>;
using WideVec = hn::Vec<Wide>;
constexpr size_t kWideLanes = hn::MaxLanes(Wide());

// A group of lanes is two vectors of float64, of which each sum waits for the one before it, so
// that two are under way at a time. Where the lanes are more, a loop goes over the values once for
// each group: there are only 16 registers in SSE and AVX2.
constexpr size_t kGroupLanes = 2 * kWideLanes;
static_assert(kPairLanes % kGroupLanes == 0);

// The elements of a group: one vector of float32, or two of float64.
template <typename T>
using Elements = hn::CappedTag<T, kGroupLanes>;
template <typename T>
constexpr size_t kVectors = kGroupLanes / hn::MaxLanes(Elements<T>());

struct WidePair {
  WideVec lower, upper;

  HWY_INLINE WidePair(WideVec lower_half, WideVec upper_half)
      : lower(lower_half), upper(upper_half) {}
  HWY_INLINE explicit WidePair(const double* lanes)
      : lower(hn::LoadU(Wide(), lanes)), upper(hn::LoadU(Wide(), lanes + kWideLanes)) {}
  HWY_INLINE void Store(double* lanes) const {
    hn::StoreU(lower, Wide(), lanes);
    hn::StoreU(upper, Wide(), lanes + kWideLanes);
  }
  // A finite sum of squares has finite terms; the difference of infinity from itself is NaN.
  HWY_INLINE bool is_finite() const {
    const Wide d;
    const WideVec zero = hn::Add(hn::Sub(lower, lower), hn::Sub(upper, upper));
    return hn::AllTrue(d, hn::Eq(zero, hn::Zero(d)));
  }
};

// A float has so few digits that it does not matter whether the machine rounds its square before
// the sum; the squares of all other numbers are rounded on every machine.
HWY_INLINE WideVec AddFloatSquare(WideVec value, WideVec sum) {
  return hn::MulAdd(value, value, sum);
}
HWY_INLINE WideVec AddSquare(WideVec value, WideVec sum) {
  return hn::Add(sum, hn::Mul(value, value));
}

HWY_INLINE WidePair Widened(hn::Vec<Elements<float>> value) {
  const hn::Rebind<float, Wide> half;
  return {hn::PromoteTo(Wide(), hn::LowerHalf(half, value)),
          hn::PromoteTo(Wide(), hn::UpperHalf(half, value))};
}

// Sums of squares in float64.
struct WideSums {
  WidePair difference, a, b;

  HWY_INLINE WideSums(size_t first, const PairFacts& facts)
      : difference(facts.square_difference.data() + first),
        a(facts.square_a.data() + first),
        b(facts.square_b.data() + first) {}
  HWY_INLINE void Store(size_t first, PairFacts& facts) const {
    difference.Store(facts.square_difference.data() + first);
    a.Store(facts.square_a.data() + first);
    b.Store(facts.square_b.data() + first);
  }
  HWY_INLINE void Add(const hn::Vec<Elements<float>>* of_a, const hn::Vec<Elements<float>>* of_b) {
    const WidePair wide_a = Widened(of_a[0]);
    const WidePair wide_b = Widened(of_b[0]);
    AddDifference(wide_a, wide_b);
    a.lower = AddFloatSquare(wide_a.lower, a.lower);
    a.upper = AddFloatSquare(wide_a.upper, a.upper);
    b.lower = AddFloatSquare(wide_b.lower, b.lower);
    b.upper = AddFloatSquare(wide_b.upper, b.upper);
  }
  HWY_INLINE void Add(const WideVec* of_a, const WideVec* of_b) {
    AddDifference({of_a[0], of_a[1]}, {of_b[0], of_b[1]});
    a.lower = AddSquare(of_a[0], a.lower);
    a.upper = AddSquare(of_a[1], a.upper);
    b.lower = AddSquare(of_b[0], b.lower);
    b.upper = AddSquare(of_b[1], b.upper);
  }
  // Called after each kRun elements.
  HWY_INLINE void Pass() {}
  HWY_INLINE bool is_finite() const { return a.is_finite() && b.is_finite(); }

 private:
  HWY_INLINE void AddDifference(const WidePair& of_a, const WidePair& of_b) {
    difference.lower = AddSquare(hn::Sub(of_a.lower, of_b.lower), difference.lower);
    difference.upper = AddSquare(hn::Sub(of_a.upper, of_b.upper), difference.upper);
  }
};

// Squares of floats, rounded to float32 as their sums are, of which few are added before they go on
// in float64: it takes half of the instructions. The errors are as often up as down.
struct NarrowSums {
  using Vec = hn::Vec<Elements<float>>;
  WideSums wide;
  Vec difference, a, b;

  HWY_INLINE NarrowSums(size_t first, const PairFacts& facts) : wide(first, facts) { Clear(); }
  HWY_INLINE void Store(size_t first, PairFacts& facts) const { wide.Store(first, facts); }
  HWY_INLINE void Add(const Vec* of_a, const Vec* of_b) {
    const Vec distance = hn::Sub(of_a[0], of_b[0]);
    difference = hn::Add(difference, hn::Mul(distance, distance));
    a = hn::Add(a, hn::Mul(of_a[0], of_a[0]));
    b = hn::Add(b, hn::Mul(of_b[0], of_b[0]));
  }
  HWY_INLINE void Pass() {
    PassTo(difference, wide.difference);
    PassTo(a, wide.a);
    PassTo(b, wide.b);
    Clear();
  }
  HWY_INLINE bool is_finite() const { return wide.is_finite(); }

 private:
  HWY_INLINE void Clear() { difference = a = b = hn::Zero(Elements<float>()); }
  static HWY_INLINE void PassTo(Vec narrow, WidePair& sum) {
    const WidePair more = Widened(narrow);
    sum.lower = hn::Add(sum.lower, more.lower);
    sum.upper = hn::Add(sum.upper, more.upper);
  }
};

HWY_INLINE void AddSquares(const hn::Vec<Elements<float>>* values, WidePair& sum) {
  const WidePair wide = Widened(values[0]);
  sum.lower = AddFloatSquare(wide.lower, sum.lower);
  sum.upper = AddFloatSquare(wide.upper, sum.upper);
}
HWY_INLINE void AddSquares(const WideVec* values, WidePair& sum) {
  sum.lower = AddSquare(values[0], sum.lower);
  sum.upper = AddSquare(values[1], sum.upper);
}

// Compares the lanes of one group, from `first` on. `count` has whole rounds of kPairLanes.
template <typename Sums, bool kHasTolerance, typename T>
HWY_INLINE bool CompareLanes(size_t first, const T* a, const T* b, size_t count,
                             const Tolerance& tolerance, PairFacts& facts) {
  const Elements<T> d;
  using Vec = hn::Vec<Elements<T>>;
  constexpr size_t kCount = kVectors<T>;
  constexpr size_t kWidth = hn::MaxLanes(Elements<T>());
  constexpr size_t kAhead = kPrefetchedNbytes / sizeof(T);
  // A quotient that is rounded up may pass the greatest so far, although the product with the
  // divisor does not: the bound is less by more than a rounding.
  constexpr T kLess = 1 - 4 * hwy::Epsilon<T>();
  const Vec zero = hn::Zero(d);
  const Vec rtol = hn::Set(d, static_cast<T>(tolerance.rtol));
  const Vec atol = hn::Set(d, static_cast<T>(tolerance.atol));
  T max_rel = static_cast<T>(facts.max_rel);
  Vec bound = hn::Set(d, max_rel * kLess);
  Vec max_abs = zero;
  Sums squares(first, facts);
  uint64_t num_over = 0;
  uint64_t num_different = 0;
  const hn::RebindToUnsigned<Elements<T>> bits;
  for (size_t begin = first; begin < count; begin += kRun) {
    const size_t end = std::min(begin + kRun, count);
    for (size_t i = begin; i < end; i += kPairLanes) {
      if (first == 0) {
        hwy::Prefetch(a + i + kAhead);
        hwy::Prefetch(b + i + kAhead);
      }
      Vec of_a[kCount], of_b[kCount], distance[kCount], size_b[kCount];
      auto may_be_greatest = hn::Lt(zero, zero);
      for (size_t k = 0; k < kCount; ++k) {
        of_a[k] = hn::LoadU(d, a + i + k * kWidth);
        of_b[k] = hn::LoadU(d, b + i + k * kWidth);
        distance[k] = hn::Abs(hn::Sub(of_a[k], of_b[k]));
        size_b[k] = hn::Abs(of_b[k]);
        num_different +=
            hn::CountTrue(bits, hn::Ne(hn::BitCast(bits, of_a[k]), hn::BitCast(bits, of_b[k])));
        max_abs = hn::Max(max_abs, distance[k]);
        // MulAdd would round once on one machine and twice on another.
        if (kHasTolerance) {
          const auto is_over = hn::Gt(distance[k], hn::Add(atol, hn::Mul(rtol, size_b[k])));
          num_over += hn::CountTrue(d, is_over);
        }
        const auto is_above = hn::Gt(distance[k], hn::Mul(bound, size_b[k]));
        may_be_greatest = k == 0 ? is_above : hn::Or(may_be_greatest, is_above);
      }
      squares.Add(of_a, of_b);
      if (HWY_LIKELY(hn::AllFalse(d, may_be_greatest))) continue;
      for (size_t k = 0; k < kCount; ++k) {
        const Vec quotient =
            hn::IfThenElse(hn::Eq(size_b[k], zero), zero, hn::Div(distance[k], size_b[k]));
        max_rel = std::max(max_rel, hn::GetLane(hn::MaxOfLanes(d, quotient)));
      }
      bound = hn::Set(d, max_rel * kLess);
    }
    squares.Pass();
  }
  const T greatest = hn::GetLane(hn::MaxOfLanes(d, max_abs));
  facts.max_abs = std::max(facts.max_abs, static_cast<double>(greatest));
  facts.max_rel = std::max(facts.max_rel, static_cast<double>(max_rel));
  facts.num_over += num_over;
  facts.num_different += num_different;
  squares.Store(first, facts);
  return squares.is_finite();
}

template <typename T>
HWY_INLINE bool SquareLanes(size_t first, const T* values, size_t count, LaneSum& squares) {
  const Elements<T> d;
  WidePair sum(squares.data() + first);
  for (size_t i = first; i < count; i += kPairLanes) {
    if (first == 0) hwy::Prefetch(values + i + kPrefetchedNbytes / sizeof(T));
    hn::Vec<Elements<T>> value[kVectors<T>];
    for (size_t k = 0; k < kVectors<T>; ++k)
      value[k] = hn::LoadU(d, values + i + k * hn::MaxLanes(d));
    AddSquares(value, sum);
  }
  sum.Store(squares.data() + first);
  return sum.is_finite();
}

#endif

template <typename Sums, bool kHasTolerance, typename T>
HWY_INLINE bool CompareWith(const T* a, const T* b, size_t count, const Tolerance& tolerance,
                            PairFacts& facts) {
  const size_t in_rounds = count / kPairLanes * kPairLanes;
  bool is_finite = true;
  for (size_t first = 0; first < kPairLanes; first += kGroupLanes)
    is_finite &= CompareLanes<Sums, kHasTolerance>(first, a, b, in_rounds, tolerance, facts);
  for (size_t i = in_rounds; i < count; ++i)
    is_finite &= CompareOne<kHasTolerance>(a + i, b + i, i - in_rounds, tolerance, facts);
  return is_finite;
}

template <typename Sums, typename T>
bool CompareIn(const T* a, const T* b, size_t count, const Tolerance* tolerance, PairFacts& facts) {
  return tolerance == nullptr ? CompareWith<Sums, false>(a, b, count, {}, facts)
                              : CompareWith<Sums, true>(a, b, count, *tolerance, facts);
}

template <typename T>
bool CompareWidely(const T* a, const T* b, size_t count, const Tolerance* tolerance,
                   PairFacts& facts) {
  PairFacts wide = facts;
  if (!CompareIn<WideSums>(a, b, count, tolerance, wide)) return false;
  facts = wide;
  return true;
}

// Whether float32 holds the squares: they are finite, and if some became zero they do not matter.
HWY_INLINE bool IsInRange(const LaneSum& squares) {
  double sums[4] = {};
  for (size_t i = 0; i < kPairLanes; ++i) sums[i % 4] += squares[i];
  const double sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  return sum > 0x1p-100 && std::isfinite(sum);
}

HWY_INLINE void AddLanes(const LaneSum& from, LaneSum& to) {
  for (size_t i = 0; i < kPairLanes; ++i) to[i] += from[i];
}

bool CompareFloats(const float* a, const float* b, size_t count, const Tolerance* tolerance,
                   PairFacts& facts) {
  PairFacts narrow{.max_rel = facts.max_rel};
  const bool is_finite = CompareIn<NarrowSums>(a, b, count, tolerance, narrow);
  if (!is_finite || !IsInRange(narrow.square_difference) || !IsInRange(narrow.square_a) ||
      !IsInRange(narrow.square_b))
    return CompareWidely(a, b, count, tolerance, facts);
  facts.num_different += narrow.num_different;
  facts.num_over += narrow.num_over;
  facts.max_abs = std::max(facts.max_abs, narrow.max_abs);
  facts.max_rel = narrow.max_rel;
  AddLanes(narrow.square_difference, facts.square_difference);
  AddLanes(narrow.square_a, facts.square_a);
  AddLanes(narrow.square_b, facts.square_b);
  return true;
}

template <typename T>
bool Square(const T* values, size_t count, LaneSum& squares) {
  LaneSum more = squares;
  const size_t in_rounds = count / kPairLanes * kPairLanes;
  bool is_finite = true;
  for (size_t first = 0; first < kPairLanes; first += kGroupLanes)
    is_finite &= SquareLanes(first, values, in_rounds, more);
  for (size_t i = in_rounds; i < count; ++i)
    is_finite &= AddSquareOf(LoadOne(values + i), more[i - in_rounds]);
  if (is_finite) squares = more;
  return is_finite;
}

template <typename T>
uint64_t CountDifferentAs(const std::byte* a, const std::byte* b, size_t count) {
  const hn::ScalableTag<T> d;
  const T* const of_a = reinterpret_cast<const T*>(a);
  const T* const of_b = reinterpret_cast<const T*>(b);
  const size_t lanes = hn::Lanes(d);
  uint64_t num_different = 0;
  size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    num_different += hn::CountTrue(d, hn::Ne(hn::LoadU(d, of_a + i), hn::LoadU(d, of_b + i)));
  for (; i < count; ++i)
    num_different += std::memcmp(a + i * sizeof(T), b + i * sizeof(T), sizeof(T)) != 0 ? 1 : 0;
  return num_different;
}

uint64_t CountDifferent(const std::byte* a, const std::byte* b, size_t count,
                        size_t element_nbytes) {
  switch (element_nbytes) {
    case 1:
      return CountDifferentAs<uint8_t>(a, b, count);
    case 2:
      return CountDifferentAs<uint16_t>(a, b, count);
    case 4:
      return CountDifferentAs<uint32_t>(a, b, count);
    case 8:
      return CountDifferentAs<uint64_t>(a, b, count);
    default: {
      uint64_t num_different = 0;
      for (size_t i = 0; i < count * element_nbytes; i += element_nbytes)
        num_different += std::memcmp(a + i, b + i, element_nbytes) != 0 ? 1 : 0;
      return num_different;
    }
  }
}

constexpr PairKernels kPairKernels = {
    .compare_floats = CompareFloats,
    .compare_doubles = CompareWidely<double>,
    .square_floats = Square<float>,
    .square_doubles = Square<double>,
    .count_different = CountDifferent,
};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace cairn
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cairn {

template <>
std::vector<KernelsOfTarget<PairKernels>> AllKernels() {
  std::vector<KernelsOfTarget<PairKernels>> all;
#if HWY_TARGETS & HWY_AVX3
  if (HasAvx3()) all.push_back({hwy::TargetName(HWY_AVX3), &N_AVX3::kPairKernels});
#endif
#if HWY_TARGETS & HWY_AVX2
  if (HasAvx2()) all.push_back({hwy::TargetName(HWY_AVX2), &N_AVX2::kPairKernels});
#endif
#if HWY_TARGETS & HWY_SSE4
  if (HasSse4()) all.push_back({hwy::TargetName(HWY_SSE4), &N_SSE4::kPairKernels});
#endif
  // The compiler may use this target everywhere. On ARM it is NEON, and the only one.
  if (all.empty() || (HWY_STATIC_TARGET & ~(HWY_AVX3 | HWY_AVX2 | HWY_SSE4)))
    all.push_back({hwy::TargetName(HWY_STATIC_TARGET), &HWY_STATIC_DISPATCH(kPairKernels)});
  return all;
}

}  // namespace cairn
#endif  // HWY_ONCE
