// Highway includes this file again for each instruction set that it is compiled for.
#include "cairn/source/element_kernels.h"

#include <cstring>

#include "cairn/core/instruction_sets.h"

// Every machine with SSSE3 that is still in use has SSE4, too.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV | HWY_SSSE3)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cairn/source/element_kernels.cc"
#include <hwy/foreach_target.h>  // Must come before highway.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cairn {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::ScalableTag<float>;
using U32 = hn::ScalableTag<uint32_t>;
using I32 = hn::ScalableTag<int32_t>;
using U16 = hn::Rebind<uint16_t, U32>;
using Bits = hn::Vec<U32>;

constexpr uint32_t kSign = 0x80000000;
constexpr uint32_t kInfinity = 0x7f800000;  // the bits of a float32, as below

HWY_INLINE Bits Value(uint32_t value) { return hn::Set(U32(), value); }

// One for each lane of the mask.
HWY_INLINE Bits Ones(hn::Mask<U32> mask) { return hn::IfThenElseZero(mask, Value(1)); }

// Both take the bits of absolute values and give those of the nearest value of 16 bits, halfway
// cases to the even one.
struct ToBFloat16 {
  static constexpr uint32_t kInfinity16 = 0x7f80;
  static constexpr uint32_t kNan16 = 0x7fc0;
  static HWY_INLINE Bits Round(Bits magnitude) {
    const Bits odd = hn::And(hn::ShiftRight<16>(magnitude), Value(1));
    return hn::ShiftRight<16>(hn::Add(hn::Add(magnitude, Value(0x7fff)), odd));
  }
};
struct ToFloat16 {
  static constexpr uint32_t kInfinity16 = 0x7c00;
  static constexpr uint32_t kNan16 = 0x7e00;
  static constexpr uint32_t kTooGreat = (127 + 16) << 23;     // 2^16
  static constexpr uint32_t kLeastNormal = (127 - 14) << 23;  // 2^-14
  // The sum with 2^-1 has the subnormal of 10 bits as its last bits, rounded by the machine.
  static constexpr uint32_t kHalf = (127 - 1) << 23;

  static HWY_INLINE Bits Round(Bits magnitude) {
    const auto sum = hn::Add(hn::BitCast(F32(), magnitude), hn::BitCast(F32(), Value(kHalf)));
    const Bits subnormal = hn::Sub(hn::BitCast(U32(), sum), Value(kHalf));
    const Bits odd = hn::And(hn::ShiftRight<13>(magnitude), Value(1));
    const Bits moved = hn::Sub(magnitude, Value(uint32_t{127 - 15} << 23));
    const Bits normal = hn::ShiftRight<13>(hn::Add(hn::Add(moved, Value(0xfff)), odd));
    const Bits finite = hn::IfThenElse(hn::Lt(magnitude, Value(kLeastNormal)), subnormal, normal);
    return hn::IfThenElse(hn::Gt(magnitude, Value(kTooGreat - 1)), Value(kInfinity16), finite);
  }
};

struct Lost {
  Bits overflowed;
  Bits zeroed;
};

template <typename To>
HWY_INLINE hn::Vec<U16> Narrow(Bits bits, Lost& lost) {
  const Bits sign = hn::And(bits, Value(kSign));
  const Bits magnitude = hn::Xor(bits, sign);
  const auto is_nan = hn::Gt(magnitude, Value(kInfinity));
  const Bits rounded = hn::IfThenElse(is_nan, Value(To::kNan16), To::Round(magnitude));
  const auto is_infinite = hn::Eq(rounded, Value(To::kInfinity16));
  const auto is_zero = hn::Eq(rounded, Value(0));
  lost.overflowed =
      hn::Add(lost.overflowed, Ones(hn::And(is_infinite, hn::Ne(magnitude, Value(kInfinity)))));
  lost.zeroed = hn::Add(lost.zeroed, Ones(hn::And(is_zero, hn::Ne(magnitude, Value(0)))));
  const Bits with_sign = hn::Or(rounded, hn::ShiftRight<16>(sign));
  return hn::DemoteTo(U16(), hn::BitCast(I32(), with_sign));
}

// Elements in a file may lie at any byte; a pointer to void promises no alignment.
void CopyTail(void* to, const void* from, size_t nbytes) { std::memcpy(to, from, nbytes); }

template <typename To>
void NarrowAll(const float* from, uint16_t* to, size_t count, CastCounts& counts) {
  // A lane counts to less than this before its count is taken.
  constexpr size_t kMostAtOnce = size_t{1} << 30;
  const size_t width = hn::Lanes(U32());
  const auto* const bits = reinterpret_cast<const uint32_t*>(from);
  for (size_t begin = 0; begin < count;) {
    const size_t end = begin + HWY_MIN(count - begin, kMostAtOnce);
    Lost lost{hn::Zero(U32()), hn::Zero(U32())};
    size_t i = begin;
    for (; i + width <= end; i += width)
      hn::StoreU(Narrow<To>(hn::LoadU(U32(), bits + i), lost), U16(), to + i);
    if (i < end) {
      HWY_ALIGN uint32_t last[hn::MaxLanes(U32())] = {};
      HWY_ALIGN uint16_t narrow[hn::MaxLanes(U16())];
      CopyTail(last, bits + i, (end - i) * sizeof(uint32_t));
      hn::Store(Narrow<To>(hn::Load(U32(), last), lost), U16(), narrow);
      CopyTail(to + i, narrow, (end - i) * sizeof(uint16_t));
    }
    counts.num_overflowed += hn::GetLane(hn::SumOfLanes(U32(), lost.overflowed));
    counts.num_zeroed += hn::GetLane(hn::SumOfLanes(U32(), lost.zeroed));
    begin = end;
  }
}

struct FromBFloat16 {
  static HWY_INLINE Bits Widen(Bits code) { return hn::ShiftLeft<16>(code); }
};
struct FromFloat16 {
  static HWY_INLINE Bits Widen(Bits code) {
    constexpr uint32_t kGreatestExponent = uint32_t{0x7c00} << 13;
    const Bits sign = hn::ShiftLeft<16>(hn::And(code, Value(0x8000)));
    const Bits shifted = hn::ShiftLeft<13>(hn::And(code, Value(0x7fff)));
    const Bits exponent = hn::And(shifted, Value(kGreatestExponent));
    const Bits normal = hn::Add(shifted, Value(uint32_t{127 - 15} << 23));
    const Bits special = hn::Add(normal, Value(uint32_t{128 - 16} << 23));
    const auto one_more = hn::BitCast(F32(), hn::Add(normal, Value(uint32_t{1} << 23)));
    const auto least_normal = hn::BitCast(F32(), Value(uint32_t{113} << 23));
    const Bits subnormal = hn::BitCast(U32(), hn::Sub(one_more, least_normal));
    const Bits finite = hn::IfThenElse(hn::Eq(exponent, Value(0)), subnormal, normal);
    return hn::Or(sign,
                  hn::IfThenElse(hn::Eq(exponent, Value(kGreatestExponent)), special, finite));
  }
};

template <typename From>
void WidenAll(const uint16_t* from, float* to, size_t count) {
  const size_t width = hn::Lanes(U32());
  auto* const bits = reinterpret_cast<uint32_t*>(to);
  size_t i = 0;
  for (; i + width <= count; i += width)
    hn::StoreU(From::Widen(hn::PromoteTo(U32(), hn::LoadU(U16(), from + i))), U32(), bits + i);
  if (i == count) return;
  HWY_ALIGN uint16_t last[hn::MaxLanes(U16())] = {};
  HWY_ALIGN uint32_t wide[hn::MaxLanes(U32())];
  CopyTail(last, from + i, (count - i) * sizeof(uint16_t));
  hn::Store(From::Widen(hn::PromoteTo(U32(), hn::Load(U16(), last))), U32(), wide);
  CopyTail(bits + i, wide, (count - i) * sizeof(uint32_t));
}

using F64 = hn::ScalableTag<double>;
using HalfF32 = hn::Rebind<float, F64>;

void AddScaled(const float* from, double weight, double* sums, size_t count) {
  const F64 f64;
  const size_t width = hn::Lanes(f64);
  const auto weights = hn::Set(f64, weight);
  size_t i = 0;
  for (; i + width <= count; i += width) {
    const auto wide = hn::PromoteTo(f64, hn::LoadU(HalfF32(), from + i));
    hn::StoreU(hn::Add(hn::LoadU(f64, sums + i), hn::Mul(weights, wide)), f64, sums + i);
  }
  for (; i < count; ++i) sums[i] += weight * static_cast<double>(from[i]);
}

void Divide(const double* sums, double divisor, float* to, size_t count) {
  const F64 f64;
  const size_t width = hn::Lanes(f64);
  const auto divisors = hn::Set(f64, divisor);
  size_t i = 0;
  for (; i + width <= count; i += width) {
    const auto quotient = hn::Div(hn::LoadU(f64, sums + i), divisors);
    hn::StoreU(hn::DemoteTo(HalfF32(), quotient), HalfF32(), to + i);
  }
  for (; i < count; ++i) to[i] = static_cast<float>(sums[i] / divisor);
}

}  // namespace

constexpr ElementKernels kElementKernels = {NarrowAll<ToBFloat16>,
                                            NarrowAll<ToFloat16>,
                                            WidenAll<FromBFloat16>,
                                            WidenAll<FromFloat16>,
                                            AddScaled,
                                            Divide};

}  // namespace HWY_NAMESPACE
}  // namespace cairn
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cairn {

template <>
std::vector<KernelsOfTarget<ElementKernels>> AllKernels() {
  std::vector<KernelsOfTarget<ElementKernels>> all;
#if HWY_TARGETS & HWY_AVX3
  if (HasAvx3()) all.push_back({hwy::TargetName(HWY_AVX3), &N_AVX3::kElementKernels});
#endif
#if HWY_TARGETS & HWY_AVX2
  if (HasAvx2()) all.push_back({hwy::TargetName(HWY_AVX2), &N_AVX2::kElementKernels});
#endif
#if HWY_TARGETS & HWY_SSE4
  if (HasSse4()) all.push_back({hwy::TargetName(HWY_SSE4), &N_SSE4::kElementKernels});
#endif
  // The compiler may use this target everywhere. On ARM it is NEON, and the only one.
  if (all.empty() || (HWY_STATIC_TARGET & ~(HWY_AVX3 | HWY_AVX2 | HWY_SSE4)))
    all.push_back({hwy::TargetName(HWY_STATIC_TARGET), &HWY_STATIC_DISPATCH(kElementKernels)});
  return all;
}

}  // namespace cairn
#endif  // HWY_ONCE
