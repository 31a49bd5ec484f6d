// Highway includes this file again for each instruction set that it is compiled for.
#include "cairn/inspect/pair_kernels.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>

#include "cairn/core/instruction_sets.h"

// Vectors whose width is known when it is compiled stand for fixed lanes. Every machine with SSSE3
// that is still in use has SSE4, too.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV | HWY_SSSE3)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cairn/inspect/pair_kernels.cc"
#include <hwy/foreach_target.h>  // Must come before highway.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cairn {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Sums run in so many lanes, element i in lane i % kPairLanes, whatever the width of a vector.
constexpr size_t kPairLanes = 8;
using Wide = hn::CappedTag<double, kPairLanes>;
using WideVec = hn::Vec<Wide>;
constexpr size_t kWideLanes = hn::MaxLanes(Wide());

HWY_INLINE WideVec LoadWide(const double* from) { return hn::LoadU(Wide(), from); }
HWY_INLINE WideVec LoadWide(const float* from) {
  return hn::PromoteTo(Wide(), hn::LoadU(hn::Rebind<float, Wide>(), from));
}

// An element by itself, where it may not be aligned.
template <typename T>
HWY_INLINE double LoadOne(const T* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return static_cast<double>(value);
}

// Sums and maxima of the lanes from `first` on, as many as a vector has.
template <bool kHasTolerance, typename T>
HWY_INLINE void CompareLanes(size_t first, const T* a, const T* b, size_t count,
                             const Tolerance& tolerance, PairFacts& facts) {
  const Wide d;
  // A quotient that is rounded up may pass the greatest so far, although the product with the
  // divisor does not: the bound is less by more than a rounding.
  constexpr double kLess = 1 - 0x1p-50;
  const WideVec zero = hn::Zero(d);
  const WideVec rtol = hn::Set(d, tolerance.rtol);
  const WideVec atol = hn::Set(d, tolerance.atol);
  WideVec bound = hn::Set(d, facts.max_rel * kLess);
  WideVec max_abs = zero, squares = zero, products = zero, squares_a = zero, squares_b = zero;
  uint64_t num_over = 0;
  for (size_t i = first; i < count; i += kPairLanes) {
    const WideVec of_a = LoadWide(a + i);
    const WideVec of_b = LoadWide(b + i);
    const WideVec difference = hn::Sub(of_a, of_b);
    const WideVec distance = hn::Abs(difference);
    const WideVec size_b = hn::Abs(of_b);
    max_abs = hn::Max(max_abs, distance);
    // MulAdd would round once on one machine and twice on another.
    squares = hn::Add(squares, hn::Mul(difference, difference));
    products = hn::Add(products, hn::Mul(of_a, of_b));
    squares_a = hn::Add(squares_a, hn::Mul(of_a, of_a));
    squares_b = hn::Add(squares_b, hn::Mul(of_b, of_b));
    if (kHasTolerance) {
      const auto is_over = hn::Gt(distance, hn::Add(atol, hn::Mul(rtol, size_b)));
      num_over += hn::CountTrue(d, is_over);
    }
    if (HWY_UNLIKELY(!hn::AllFalse(d, hn::Gt(distance, hn::Mul(bound, size_b))))) {
      const WideVec quotient = hn::IfThenElse(hn::Eq(of_b, zero), zero, hn::Div(distance, size_b));
      facts.max_rel = std::max(facts.max_rel, hn::GetLane(hn::MaxOfLanes(d, quotient)));
      bound = hn::Set(d, facts.max_rel * kLess);
    }
  }
  facts.max_abs = std::max(facts.max_abs, hn::GetLane(hn::MaxOfLanes(d, max_abs)));
  facts.num_over += num_over;
  const auto add_lanes = [&](WideVec lanes, double& sum) {
    HWY_ALIGN double values[kWideLanes];
    hn::Store(lanes, d, values);
    for (const double value : values) sum += value;
  };
  add_lanes(squares, facts.square_difference);
  add_lanes(products, facts.product);
  add_lanes(squares_a, facts.square_a);
  add_lanes(squares_b, facts.square_b);
}

template <bool kHasTolerance, typename T>
HWY_INLINE void CompareOne(const T* a, const T* b, const Tolerance& tolerance, PairFacts& facts) {
  const double of_a = LoadOne(a);
  const double of_b = LoadOne(b);
  const double difference = of_a - of_b;
  const double distance = std::fabs(difference);
  facts.max_abs = std::max(facts.max_abs, distance);
  if (of_b != 0) facts.max_rel = std::max(facts.max_rel, distance / std::fabs(of_b));
  if (kHasTolerance && distance > tolerance.atol + tolerance.rtol * std::fabs(of_b))
    ++facts.num_over;
  facts.square_difference += difference * difference;
  facts.product += of_a * of_b;
  facts.square_a += of_a * of_a;
  facts.square_b += of_b * of_b;
}

template <bool kHasTolerance, typename T>
HWY_INLINE PairFacts CompareWith(const T* a, const T* b, size_t count, double max_rel,
                                 const Tolerance& tolerance) {
  PairFacts facts;
  facts.max_rel = max_rel;
  const size_t in_rounds = count / kPairLanes * kPairLanes;
  for (size_t first = 0; first < kPairLanes; first += kWideLanes)
    CompareLanes<kHasTolerance>(first, a, b, in_rounds, tolerance, facts);
  for (size_t i = in_rounds; i < count; ++i)
    CompareOne<kHasTolerance>(a + i, b + i, tolerance, facts);
  return facts;
}

template <typename T>
PairFacts Compare(const T* a, const T* b, size_t count, double max_rel,
                  const Tolerance* tolerance) {
  return tolerance == nullptr ? CompareWith<false>(a, b, count, max_rel, {})
                              : CompareWith<true>(a, b, count, max_rel, *tolerance);
}

template <typename T>
double Square(const T* values, size_t count) {
  const size_t in_rounds = count / kPairLanes * kPairLanes;
  double sum = 0;
  for (size_t first = 0; first < kPairLanes; first += kWideLanes) {
    WideVec squares = hn::Zero(Wide());
    for (size_t i = first; i < in_rounds; i += kPairLanes) {
      const WideVec value = LoadWide(values + i);
      squares = hn::Add(squares, hn::Mul(value, value));
    }
    HWY_ALIGN double lanes[kWideLanes];
    hn::Store(squares, Wide(), lanes);
    for (const double lane : lanes) sum += lane;
  }
  for (size_t i = in_rounds; i < count; ++i) sum += LoadOne(values + i) * LoadOne(values + i);
  return sum;
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
    .compare_floats = Compare<float>,
    .compare_doubles = Compare<double>,
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

std::vector<NamedPairKernels> AllPairKernels() {
  std::vector<NamedPairKernels> all;
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

namespace {

// Tests and benchmarks write it, between their calls of kernels.
std::atomic<const PairKernels*> pair_kernels_in_use = nullptr;

}  // namespace

const PairKernels& PairKernelsInUse() {
  const PairKernels* kernels = pair_kernels_in_use.load(std::memory_order_relaxed);
  if (kernels == nullptr) {
    kernels = AllPairKernels().front().kernels;
    pair_kernels_in_use.store(kernels, std::memory_order_relaxed);
  }
  return *kernels;
}

void UsePairKernels(const PairKernels& kernels) {
  pair_kernels_in_use.store(&kernels, std::memory_order_relaxed);
}

}  // namespace cairn
#endif  // HWY_ONCE
