// Floating-point formats of 16 bits and fewer: decoded exactly, encoded with one rounding.
//
//   sign:1  exponent:E  mantissa:M     value = ±1.mantissa × 2^(exponent - bias); exponent 0 holds
//                                      zero and the subnormals ±0.mantissa × 2^(1 - bias)
#ifndef CAIRN_CORE_SMALL_FLOAT_H_
#define CAIRN_CORE_SMALL_FLOAT_H_

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace cairn {

// Says what the topmost codes mean.
enum class SmallFloatSpecials : uint8_t {
  kIeee,    // the greatest exponent holds infinity and NaN
  kFinite,  // no infinity; NaN is all ones ("fn")
  kFnuz,    // no infinity, no negative zero; NaN is the sign bit alone ("fnuz")
  kNone,    // every code is a number
};

template <int kExponentBits, int kMantissaBits, SmallFloatSpecials kSpecials,
          int kBias = (1 << (kExponentBits - 1)) - 1>
struct SmallFloat {
  static constexpr uint32_t kSignBit = uint32_t{1} << (kExponentBits + kMantissaBits);
  static constexpr uint32_t kAllOnes = kSignBit - 1;
  static constexpr uint32_t kInfinity = ((uint32_t{1} << kExponentBits) - 1) << kMantissaBits;
  static constexpr uint32_t kGreatest = kSpecials == SmallFloatSpecials::kIeee     ? kInfinity - 1
                                        : kSpecials == SmallFloatSpecials::kFinite ? kAllOnes - 1
                                                                                   : kAllOnes;

  // Exactly the value of `bits`, of which the ones above the sign are passed over; the mantissa of
  // an IEEE NaN stays.
  static float Decode(uint32_t bits) {
    const uint32_t magnitude = bits & kAllOnes;
    const uint32_t sign = (bits & kSignBit) != 0 ? uint32_t{1} << 31 : 0;
    if (IsNan(bits)) return std::bit_cast<float>(sign | 0x7f800000 | NanMantissa(magnitude));
    if (kSpecials == SmallFloatSpecials::kIeee && magnitude == kInfinity)
      return std::bit_cast<float>(sign | 0x7f800000);
    const uint32_t exponent = magnitude >> kMantissaBits;
    const uint32_t mantissa = magnitude & kMantissaMask;
    if (exponent == 0) {
      const float value = static_cast<float>(std::ldexp(double(mantissa), kLowestExponent));
      return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(value));
    }
    return std::bit_cast<float>(sign | (exponent + 127 - kBias) << 23 |
                                mantissa << (23 - kMantissaBits));
  }

  // The nearest value, halfway cases to the even one. What is too great becomes infinity, where
  // there is none NaN, where there is neither the greatest value; as ml_dtypes does it.
  static uint32_t Encode(double value) {
    const uint32_t sign = std::signbit(value) ? kSignBit : 0;
    if (std::isnan(value)) return Nan(sign);
    const uint32_t magnitude = EncodeMagnitude(std::fabs(value));
    if (kSpecials == SmallFloatSpecials::kFnuz && (magnitude == 0 || magnitude == kSignBit))
      return magnitude;
    return sign | magnitude;
  }

 private:
  static constexpr uint32_t kMantissaMask = (uint32_t{1} << kMantissaBits) - 1;
  static constexpr int kLowestExponent = 1 - kBias - kMantissaBits;

  static bool IsNan(uint32_t bits) {
    switch (kSpecials) {
      case SmallFloatSpecials::kIeee:
        return (bits & kAllOnes) > kInfinity;
      case SmallFloatSpecials::kFinite:
        return (bits & kAllOnes) == kAllOnes;
      case SmallFloatSpecials::kFnuz:
        return (bits & (kSignBit | kAllOnes)) == kSignBit;
      case SmallFloatSpecials::kNone:
        return false;
    }
    return false;
  }

  static uint32_t NanMantissa(uint32_t magnitude) {
    if (kSpecials != SmallFloatSpecials::kIeee) return 0x400000;
    return (magnitude & kMantissaMask) << (23 - kMantissaBits);
  }

  static uint32_t Nan(uint32_t sign) {
    switch (kSpecials) {
      case SmallFloatSpecials::kIeee:
        return sign | kInfinity | (uint32_t{1} << (kMantissaBits - 1));
      case SmallFloatSpecials::kFinite:
        return sign | kAllOnes;
      case SmallFloatSpecials::kFnuz:
      case SmallFloatSpecials::kNone:
        return kSignBit;  // where no code is NaN, negative zero
    }
    return 0;
  }

  static uint32_t Overflow() {
    switch (kSpecials) {
      case SmallFloatSpecials::kIeee:
        return kInfinity;
      case SmallFloatSpecials::kFinite:
        return kAllOnes;
      case SmallFloatSpecials::kFnuz:
        return kSignBit;
      case SmallFloatSpecials::kNone:
        return kGreatest;
    }
    return 0;
  }

  static uint32_t EncodeMagnitude(double value) {
    if (std::isinf(value)) return Overflow();
    const int exponent = value == 0 ? 1 - kBias : std::max(std::ilogb(value), 1 - kBias);
    if (exponent + kBias >= 1 << kExponentBits) return Overflow();
    // A carry out of the mantissa moves the exponent up by itself; a subnormal stays below it.
    const auto units =
        static_cast<uint32_t>(std::nearbyint(std::ldexp(value, kMantissaBits - exponent)));
    const uint32_t code = (static_cast<uint32_t>(exponent + kBias - 1) << kMantissaBits) + units;
    return code > kGreatest ? Overflow() : code;
  }
};

using Float16 = SmallFloat<5, 10, SmallFloatSpecials::kIeee>;
using BFloat16 = SmallFloat<8, 7, SmallFloatSpecials::kIeee>;
using Float8E5M2 = SmallFloat<5, 2, SmallFloatSpecials::kIeee>;
using Float8E4M3FN = SmallFloat<4, 3, SmallFloatSpecials::kFinite>;
using Float8E4M3FNUZ = SmallFloat<4, 3, SmallFloatSpecials::kFnuz, 8>;
using Float8E4M3B11FNUZ = SmallFloat<4, 3, SmallFloatSpecials::kFnuz, 11>;
using Float8E5M2FNUZ = SmallFloat<5, 2, SmallFloatSpecials::kFnuz, 16>;
using Float6E2M3FN = SmallFloat<2, 3, SmallFloatSpecials::kNone>;
using Float6E3M2FN = SmallFloat<3, 2, SmallFloatSpecials::kNone>;
using Float4E2M1FN = SmallFloat<2, 1, SmallFloatSpecials::kNone>;

// An exponent alone, without a sign: 2^(code - 127); 255 is NaN. A scale of other numbers.
struct Float8E8M0FNU {
  static float Decode(uint32_t code) {
    code &= 0xff;
    return code == 0xff ? std::bit_cast<float>(0x7fc00000u)
                        : static_cast<float>(std::ldexp(1.0, static_cast<int>(code) - 127));
  }
};

}  // namespace cairn

#endif  // CAIRN_CORE_SMALL_FLOAT_H_
