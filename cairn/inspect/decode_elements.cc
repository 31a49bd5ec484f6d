#include "cairn/inspect/decode_elements.h"

#include <cmath>

#include "cairn/core/small_float.h"

namespace cairn {
namespace {

template <typename T>
void Decode(Bytes bytes, double* out) {
  const size_t count = bytes.size() / sizeof(T);
  for (size_t i = 0; i < count; ++i)
    out[i] = static_cast<double>(LoadLittleEndian<T>(bytes.data() + i * sizeof(T)));
}

template <typename Float, typename Bits>
void DecodeSmall(Bytes bytes, double* out) {
  const size_t count = bytes.size() / sizeof(Bits);
  for (size_t i = 0; i < count; ++i)
    out[i] = Float::Decode(LoadLittleEndian<Bits>(bytes.data() + i * sizeof(Bits)));
}

// The bits that count, with their sign.
template <int kBits, bool kIsSigned>
void DecodeNarrow(Bytes bytes, double* out) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    const int value = std::to_integer<int>(bytes[i]) & ((1 << kBits) - 1);
    out[i] = kIsSigned && value >= 1 << (kBits - 1) ? value - (1 << kBits) : value;
  }
}

template <typename T>
void DecodeComplex(Bytes bytes, double* out) {
  const size_t count = bytes.size() / (2 * sizeof(T));
  for (size_t i = 0; i < count; ++i) {
    const std::byte* const at = bytes.data() + i * 2 * sizeof(T);
    const auto real = static_cast<double>(LoadLittleEndian<T>(at));
    const auto imaginary = static_cast<double>(LoadLittleEndian<T>(at + sizeof(T)));
    // hypot gives infinity for an infinity beside a NaN; here a NaN stays one.
    out[i] = std::isnan(real) || std::isnan(imaginary) ? NAN : std::hypot(real, imaginary);
  }
}

}  // namespace

void DecodeElements(DType dtype, Bytes bytes, double* out) {
  switch (dtype) {
    case DType::kFloat32:
      return Decode<float>(bytes, out);
    case DType::kFloat64:
      return Decode<double>(bytes, out);
    case DType::kInt8:
    case DType::kQInt8:
      return Decode<int8_t>(bytes, out);
    case DType::kInt16:
    case DType::kQInt16:
      return Decode<int16_t>(bytes, out);
    case DType::kInt32:
    case DType::kQInt32:
      return Decode<int32_t>(bytes, out);
    case DType::kInt64:
      return Decode<int64_t>(bytes, out);
    case DType::kBool:
    case DType::kUInt8:
    case DType::kQUInt8:
      return Decode<uint8_t>(bytes, out);
    case DType::kUInt16:
    case DType::kQUInt16:
      return Decode<uint16_t>(bytes, out);
    case DType::kUInt32:
      return Decode<uint32_t>(bytes, out);
    case DType::kUInt64:
      return Decode<uint64_t>(bytes, out);
    case DType::kComplex64:
      return DecodeComplex<float>(bytes, out);
    case DType::kComplex128:
      return DecodeComplex<double>(bytes, out);
    case DType::kFloat16:
      return DecodeSmall<Float16, uint16_t>(bytes, out);
    case DType::kBFloat16:
      return DecodeSmall<BFloat16, uint16_t>(bytes, out);
    case DType::kFloat8E5M2:
      return DecodeSmall<Float8E5M2, uint8_t>(bytes, out);
    case DType::kFloat8E4M3FN:
      return DecodeSmall<Float8E4M3FN, uint8_t>(bytes, out);
    case DType::kFloat8E4M3FNUZ:
      return DecodeSmall<Float8E4M3FNUZ, uint8_t>(bytes, out);
    case DType::kFloat8E4M3B11FNUZ:
      return DecodeSmall<Float8E4M3B11FNUZ, uint8_t>(bytes, out);
    case DType::kFloat8E5M2FNUZ:
      return DecodeSmall<Float8E5M2FNUZ, uint8_t>(bytes, out);
    case DType::kFloat4E2M1FN:
      return DecodeSmall<Float4E2M1FN, uint8_t>(bytes, out);
    case DType::kInt4:
      return DecodeNarrow<4, true>(bytes, out);
    case DType::kUInt4:
      return DecodeNarrow<4, false>(bytes, out);
    case DType::kInt2:
      return DecodeNarrow<2, true>(bytes, out);
    case DType::kUInt2:
      return DecodeNarrow<2, false>(bytes, out);
    case DType::kInvalid:
    case DType::kString:
    case DType::kResource:
    case DType::kVariant:
      return;
  }
}

}  // namespace cairn
