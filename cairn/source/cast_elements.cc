// Numbers go by way of float64, which holds all of them but 64-bit integers. An integer that it
// does not hold becomes the neighbour with an odd last bit, so that the next rounding, to fewer
// bits, is the only one.
#include "cairn/source/cast_elements.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <span>
#include <string>

#include "cairn/core/small_float.h"
#include "cairn/source/decode_elements.h"
#include "cairn/source/element_kernels.h"

namespace cairn {
namespace {

constexpr size_t kBlock = 1024;  // elements

// The range of an integer dtype. Elements of fewer than 8 bits lie in one byte each.
struct IntegerRange {
  int64_t least = 0;
  uint64_t greatest = 0;
};

IntegerRange RangeOf(const DTypeInfo& info) {
  const uint64_t all = info.bits == 64 ? UINT64_MAX : (uint64_t{1} << info.bits) - 1;
  if (info.kind == DTypeKind::kUnsigned) return {0, all};
  return {-static_cast<int64_t>(all >> 1) - 1, all >> 1};
}

bool IsInteger(DType dtype) {
  const DTypeKind kind = KindOf(dtype);
  return kind == DTypeKind::kSigned || kind == DTypeKind::kUnsigned;
}
bool IsWideInteger(DType dtype) { return IsInteger(dtype) && InfoOf(dtype).bits == 64; }
bool IsComplexType(DType dtype) { return KindOf(dtype) == DTypeKind::kComplex; }

Status DoesNotFit(DType to, uint64_t element, const std::string& value) {
  return Status(Reason::kMismatch, "element " + std::to_string(element) + " is " + value +
                                       ", which is not a value of " + std::string(Name(to)));
}

void StoreInteger(uint64_t value, size_t nbytes, std::byte* out) {
  for (size_t i = 0; i < nbytes; ++i) out[i] = static_cast<std::byte>(value >> (8 * i));
}

// The float64 at or next to an integer, with an odd last bit where it is not the integer.
template <typename T>
double RoundToOdd(T value) {
  const auto near = static_cast<double>(value);
  // 2^63 or 2^64, to which the greatest integers are rounded up, is no T.
  const double past = std::ldexp(1.0, std::numeric_limits<T>::digits);
  if (near < past && static_cast<T>(near) == value) return near;
  const bool is_above = near >= past || static_cast<T>(near) > value;
  const bool is_odd = (std::bit_cast<uint64_t>(near) & 1) != 0;
  if (is_odd) return near;
  return std::nextafter(near, is_above ? -std::numeric_limits<double>::infinity()
                                       : std::numeric_limits<double>::infinity());
}

// Blocks of values as elements of one dtype. `first` is the position of the first value.
class Encoder {
 public:
  Encoder(DType to, CastCounts& counts) : to_(to), counts_(counts) {}

  Status Encode(std::span<const double> values, uint64_t first, std::byte* out) {
    switch (KindOf(to_)) {
      case DTypeKind::kBool:
        for (size_t i = 0; i < values.size(); ++i) out[i] = std::byte{values[i] != 0};
        return {};
      case DTypeKind::kSigned:
      case DTypeKind::kUnsigned:
        return EncodeIntegers(values, first, out);
      default:
        EncodeFloats(values, out);
        return {};
    }
  }

 private:
  Status EncodeIntegers(std::span<const double> values, uint64_t first, std::byte* out) {
    const DTypeInfo& info = InfoOf(to_);
    const IntegerRange range = RangeOf(info);
    const auto least = static_cast<double>(range.least);
    const double past = std::ldexp(1.0, static_cast<int>(std::bit_width(range.greatest)));
    for (size_t i = 0; i < values.size(); ++i) {
      const double whole = std::trunc(values[i]);
      if (!(whole >= least && whole < past))
        return DoesNotFit(to_, first + i, std::to_string(values[i]));
      if (whole != values[i]) ++counts_.num_truncated;
      const uint64_t bits = whole < 0 ? static_cast<uint64_t>(static_cast<int64_t>(whole))
                                      : static_cast<uint64_t>(whole);
      StoreInteger(bits & LowBits(info), info.nbytes, out + i * info.nbytes);
    }
    return {};
  }

  static uint64_t LowBits(const DTypeInfo& info) {
    return info.bits < 8 ? (uint64_t{1} << info.bits) - 1 : UINT64_MAX;
  }

  void EncodeFloats(std::span<const double> values, std::byte* out) {
    switch (to_) {
      case DType::kFloat64:
        for (size_t i = 0; i < values.size(); ++i) StoreLittleEndian(out + i * 8, values[i]);
        return;
      case DType::kFloat32:
        return Narrow<float>(
            values, out, [](double value) { return static_cast<float>(value); },
            [](float value) { return value; }, HUGE_VAL);
      case DType::kFloat16:
        return NarrowTo<Float16, uint16_t>(values, out);
      case DType::kBFloat16:
        return NarrowTo<BFloat16, uint16_t>(values, out);
      case DType::kFloat8E5M2:
        return NarrowTo<Float8E5M2, uint8_t>(values, out);
      case DType::kFloat8E4M3FN:
        return NarrowTo<Float8E4M3FN, uint8_t>(values, out);
      case DType::kFloat8E4M3FNUZ:
        return NarrowTo<Float8E4M3FNUZ, uint8_t>(values, out);
      case DType::kFloat8E4M3B11FNUZ:
        return NarrowTo<Float8E4M3B11FNUZ, uint8_t>(values, out);
      case DType::kFloat8E5M2FNUZ:
        return NarrowTo<Float8E5M2FNUZ, uint8_t>(values, out);
      case DType::kFloat6E2M3FN:
        return NarrowTo<Float6E2M3FN, uint8_t>(values, out);
      case DType::kFloat6E3M2FN:
        return NarrowTo<Float6E3M2FN, uint8_t>(values, out);
      default:
        return NarrowTo<Float4E2M1FN, uint8_t>(values, out);
    }
  }

  template <typename Small, typename Code>
  void NarrowTo(std::span<const double> values, std::byte* out) {
    // A number that would round to the code after the greatest one, if there were one, is too
    // great.
    const double greatest = Small::Decode(Small::kGreatest);
    const double last_step = greatest - Small::Decode(Small::kGreatest - 1);
    Narrow<Code>(
        values, out, [](double value) { return static_cast<Code>(Small::Encode(value)); },
        [](Code code) { return Small::Decode(code); }, greatest + last_step / 2);
  }

  template <typename Code, typename Encode, typename Decode>
  void Narrow(std::span<const double> values, std::byte* out, Encode encode, Decode decode,
              double most) {
    for (size_t i = 0; i < values.size(); ++i) {
      const Code code = encode(values[i]);
      StoreLittleEndian(out + i * sizeof(Code), code);
      const auto became = static_cast<double>(decode(code));
      if (!std::isfinite(values[i])) continue;
      if (became == 0 && values[i] != 0) ++counts_.num_zeroed;
      if (!std::isfinite(became) || std::abs(values[i]) > most) ++counts_.num_overflowed;
    }
  }

  DType to_;
  CastCounts& counts_;
};

void Decode(DType from, Bytes elements, double* out) {
  if (!FitsFloat32(from)) return DecodeElements(from, elements, out);
  std::array<float, kBlock> block;
  DecodeElements(from, elements, block.data());
  std::copy_n(block.begin(), elements.size() / ElementNbytes(from), out);
}

// Both dtypes are real, and not both are 64-bit integers.
Status CastByDouble(DType from, DType to, Bytes elements, std::byte* out, CastCounts& counts,
                    uint64_t first_of_all) {
  Encoder encoder(to, counts);
  std::array<double, kBlock> block;
  const size_t nbytes = ElementNbytes(from);
  const size_t count = elements.size() / nbytes;
  for (size_t first = 0; first < count; first += kBlock) {
    const size_t num = std::min(kBlock, count - first);
    Decode(from, elements.subspan(first * nbytes, num * nbytes), block.data());
    CAIRN_RETURN_IF_ERROR(encoder.Encode(std::span(block).first(num), first_of_all + first,
                                         out + first * ElementNbytes(to)));
  }
  return {};
}

template <typename T>
Status CastWideToInteger(DType to, Bytes elements, std::byte* out, uint64_t first) {
  const DTypeInfo& info = InfoOf(to);
  const IntegerRange range = RangeOf(info);
  for (size_t i = 0; i < elements.size() / sizeof(T); ++i) {
    const T value = LoadLittleEndian<T>(elements.data() + i * sizeof(T));
    if (std::cmp_less(value, range.least) || std::cmp_greater(value, range.greatest))
      return DoesNotFit(to, first + i, std::to_string(value));
    StoreInteger(static_cast<uint64_t>(value), info.nbytes, out + i * info.nbytes);
    if (info.bits < 8) out[i] &= static_cast<std::byte>((1 << info.bits) - 1);
  }
  return {};
}

template <typename T, typename Float>
void CastWideToFloat(Bytes elements, std::byte* out) {
  for (size_t i = 0; i < elements.size() / sizeof(T); ++i) {
    const T value = LoadLittleEndian<T>(elements.data() + i * sizeof(T));
    StoreLittleEndian(out + i * sizeof(Float), static_cast<Float>(value));
  }
}

// 64-bit integers, which float64 does not hold.
template <typename T>
Status CastWide(DType to, Bytes elements, std::byte* out, CastCounts& counts, uint64_t first) {
  if (IsInteger(to)) return CastWideToInteger<T>(to, elements, out, first);
  if (to == DType::kFloat64) return CastWideToFloat<T, double>(elements, out), Status();
  if (to == DType::kFloat32) return CastWideToFloat<T, float>(elements, out), Status();
  Encoder encoder(to, counts);
  for (size_t i = 0; i < elements.size() / sizeof(T); ++i) {
    const double value = RoundToOdd(LoadLittleEndian<T>(elements.data() + i * sizeof(T)));
    CAIRN_RETURN_IF_ERROR(encoder.Encode({&value, 1}, i, out + i * ElementNbytes(to)));
  }
  return {};
}

// The cast of a kernel; false where there is none.
bool CastByKernel(DType from, DType to, Bytes elements, std::byte* out, CastCounts& counts) {
  const ElementKernels& kernels = KernelsInUse<ElementKernels>();
  const size_t count = elements.size() / ElementNbytes(from);
  const auto* const floats = reinterpret_cast<const float*>(elements.data());
  const auto* const codes = reinterpret_cast<const uint16_t*>(elements.data());
  if (from == DType::kFloat32 && to == DType::kBFloat16) {
    kernels.float32_to_bfloat16(floats, reinterpret_cast<uint16_t*>(out), count, counts);
  } else if (from == DType::kFloat32 && to == DType::kFloat16) {
    kernels.float32_to_float16(floats, reinterpret_cast<uint16_t*>(out), count, counts);
  } else if (from == DType::kBFloat16 && to == DType::kFloat32) {
    kernels.bfloat16_to_float32(codes, reinterpret_cast<float*>(out), count);
  } else if (from == DType::kFloat16 && to == DType::kFloat32) {
    kernels.float16_to_float32(codes, reinterpret_cast<float*>(out), count);
  } else {
    return false;
  }
  return true;
}

// The dtype of the two parts of a complex number.
DType PartOf(DType complex) {
  return complex == DType::kComplex64 ? DType::kFloat32 : DType::kFloat64;
}

}  // namespace

bool CanCast(DType from, DType to) {
  const auto is_number = [](DType dtype) { return ElementNbytes(dtype) != 0; };
  if (!is_number(from) || !is_number(to)) return false;
  if (from == to) return true;
  return IsComplexType(from) == IsComplexType(to) && to != DType::kFloat8E8M0FNU;
}

Status CastElements(DType from, DType to, Bytes elements, std::byte* out, CastCounts& counts,
                    uint64_t first) {
  if (from == to) {
    std::ranges::copy(elements, out);
    return {};
  }
  if (IsComplexType(from))
    return CastElements(PartOf(from), PartOf(to), elements, out, counts, first);
  if (CastByKernel(from, to, elements, out, counts)) return {};
  if (!IsWideInteger(from)) return CastByDouble(from, to, elements, out, counts, first);
  return KindOf(from) == DTypeKind::kSigned ? CastWide<int64_t>(to, elements, out, counts, first)
                                            : CastWide<uint64_t>(to, elements, out, counts, first);
}

}  // namespace cairn
