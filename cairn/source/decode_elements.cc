#include "cairn/source/decode_elements.h"

#include <array>
#include <cmath>

#include "cairn/core/small_float.h"

namespace cairn {
namespace {

template <typename T, typename Out>
void Decode(Bytes bytes, Out* out) {
  const size_t count = bytes.size() / sizeof(T);
  for (size_t i = 0; i < count; ++i)
    out[i] = static_cast<Out>(LoadLittleEndian<T>(bytes.data() + i * sizeof(T)));
}

template <typename Float, typename Bits>
void DecodeSmall(Bytes bytes, float* out) {
  const size_t count = bytes.size() / sizeof(Bits);
  for (size_t i = 0; i < count; ++i)
    out[i] = Float::Decode(LoadLittleEndian<Bits>(bytes.data() + i * sizeof(Bits)));
}

// The bits that count, with their sign.
template <int kBits, bool kIsSigned>
void DecodeNarrow(Bytes bytes, float* out) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    const int value = std::to_integer<int>(bytes[i]) & ((1 << kBits) - 1);
    out[i] =
        static_cast<float>(kIsSigned && value >= 1 << (kBits - 1) ? value - (1 << kBits) : value);
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

template <typename Out>
using Decoder = void (*)(Bytes, Out*);

template <typename Out>
struct DecoderOf {
  DType dtype;
  Decoder<Out> decode;
};

constexpr DecoderOf<float> kNarrowDecoders[] = {
    {DType::kFloat32, Decode<float>},
    {DType::kFloat16, DecodeSmall<Float16, uint16_t>},
    {DType::kBFloat16, DecodeSmall<BFloat16, uint16_t>},
    {DType::kFloat8E5M2, DecodeSmall<Float8E5M2, uint8_t>},
    {DType::kFloat8E4M3FN, DecodeSmall<Float8E4M3FN, uint8_t>},
    {DType::kFloat8E4M3FNUZ, DecodeSmall<Float8E4M3FNUZ, uint8_t>},
    {DType::kFloat8E4M3B11FNUZ, DecodeSmall<Float8E4M3B11FNUZ, uint8_t>},
    {DType::kFloat8E5M2FNUZ, DecodeSmall<Float8E5M2FNUZ, uint8_t>},
    {DType::kFloat4E2M1FN, DecodeSmall<Float4E2M1FN, uint8_t>},
    {DType::kFloat8E8M0FNU, DecodeSmall<Float8E8M0FNU, uint8_t>},
    {DType::kFloat6E2M3FN, DecodeSmall<Float6E2M3FN, uint8_t>},
    {DType::kFloat6E3M2FN, DecodeSmall<Float6E3M2FN, uint8_t>},
    {DType::kBool, Decode<uint8_t>},
    {DType::kInt8, Decode<int8_t>},
    {DType::kQInt8, Decode<int8_t>},
    {DType::kUInt8, Decode<uint8_t>},
    {DType::kQUInt8, Decode<uint8_t>},
    {DType::kInt16, Decode<int16_t>},
    {DType::kQInt16, Decode<int16_t>},
    {DType::kUInt16, Decode<uint16_t>},
    {DType::kQUInt16, Decode<uint16_t>},
    {DType::kInt4, DecodeNarrow<4, true>},
    {DType::kUInt4, DecodeNarrow<4, false>},
    {DType::kInt2, DecodeNarrow<2, true>},
    {DType::kUInt2, DecodeNarrow<2, false>},
};

constexpr DecoderOf<double> kWideDecoders[] = {
    {DType::kFloat64, Decode<double>},         {DType::kInt32, Decode<int32_t>},
    {DType::kQInt32, Decode<int32_t>},         {DType::kUInt32, Decode<uint32_t>},
    {DType::kInt64, Decode<int64_t>},          {DType::kUInt64, Decode<uint64_t>},
    {DType::kComplex64, DecodeComplex<float>}, {DType::kComplex128, DecodeComplex<double>},
};

// By the code of the dtype; null for those that another table has, or none.
template <typename Out, size_t kSize>
constexpr auto ByCode(const DecoderOf<Out> (&table)[kSize]) {
  std::array<Decoder<Out>, kDTypes.size()> decoders{};
  for (const auto& [dtype, decode] : table) decoders[static_cast<size_t>(dtype)] = decode;
  return decoders;
}

constexpr auto kToFloat = ByCode(kNarrowDecoders);
constexpr auto kToDouble = ByCode(kWideDecoders);

}  // namespace

bool FitsFloat32(DType dtype) { return kToFloat[static_cast<size_t>(dtype)] != nullptr; }

void DecodeElements(DType dtype, Bytes bytes, float* out) {
  kToFloat[static_cast<size_t>(dtype)](bytes, out);
}

void DecodeElements(DType dtype, Bytes bytes, double* out) {
  kToDouble[static_cast<size_t>(dtype)](bytes, out);
}

}  // namespace cairn
