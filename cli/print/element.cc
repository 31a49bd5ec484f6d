#include "cli/print/element.h"

#include "cairn/core/small_float.h"

namespace cairn::cli {
namespace {

// Calls `use` with the format of a small float; gives `otherwise` for every other dtype.
template <typename T, typename Use>
T WithSmallFloat(DType dtype, T otherwise, Use use) {
  switch (dtype) {
    case DType::kFloat16:
      return use(Float16());
    case DType::kBFloat16:
      return use(BFloat16());
    case DType::kFloat8E5M2:
      return use(Float8E5M2());
    case DType::kFloat8E4M3FN:
      return use(Float8E4M3FN());
    case DType::kFloat8E4M3FNUZ:
      return use(Float8E4M3FNUZ());
    case DType::kFloat8E4M3B11FNUZ:
      return use(Float8E4M3B11FNUZ());
    case DType::kFloat8E5M2FNUZ:
      return use(Float8E5M2FNUZ());
    case DType::kFloat4E2M1FN:
      return use(Float4E2M1FN());
    case DType::kFloat6E2M3FN:
      return use(Float6E2M3FN());
    case DType::kFloat6E3M2FN:
      return use(Float6E3M2FN());
    default:
      return otherwise;
  }
}

uint32_t LoadCode(DType dtype, const std::byte* at) {
  if (ElementNbytes(dtype) == 2) return LoadLittleEndian<uint16_t>(at);
  return LoadLittleEndian<uint8_t>(at);
}

// The lowest `bits` of a byte; what is above them means nothing.
uint8_t LoadLowBits(int bits, const std::byte* at) {
  return static_cast<uint8_t>(LoadLittleEndian<uint8_t>(at) & ((1u << bits) - 1));
}

int64_t LoadLowBitsSigned(int bits, const std::byte* at) {
  const int64_t code = LoadLowBits(bits, at);
  return code >= 1 << (bits - 1) ? code - (1 << bits) : code;
}

}  // namespace

int64_t LoadSigned(DType dtype, const std::byte* at) {
  if (dtype == DType::kInt4) return LoadLowBitsSigned(4, at);
  if (dtype == DType::kInt2) return LoadLowBitsSigned(2, at);
  switch (ElementNbytes(dtype)) {
    case 1:
      return LoadLittleEndian<int8_t>(at);
    case 2:
      return LoadLittleEndian<int16_t>(at);
    case 4:
      return LoadLittleEndian<int32_t>(at);
    default:
      return LoadLittleEndian<int64_t>(at);
  }
}

uint64_t LoadUnsigned(DType dtype, const std::byte* at) {
  if (dtype == DType::kUInt4) return LoadLowBits(4, at);
  if (dtype == DType::kUInt2) return LoadLowBits(2, at);
  switch (ElementNbytes(dtype)) {
    case 1:
      return LoadLittleEndian<uint8_t>(at);
    case 2:
      return LoadLittleEndian<uint16_t>(at);
    case 4:
      return LoadLittleEndian<uint32_t>(at);
    default:
      return LoadLittleEndian<uint64_t>(at);
  }
}

double LoadFloat(DType dtype, const std::byte* at) {
  if (dtype == DType::kFloat64) return LoadLittleEndian<double>(at);
  if (dtype == DType::kFloat32) return LoadLittleEndian<float>(at);
  if (dtype == DType::kFloat8E8M0FNU) return Float8E8M0FNU::Decode(LoadCode(dtype, at));
  return WithSmallFloat(dtype, 0.0, [&](auto format) -> double {
    return decltype(format)::Decode(LoadCode(dtype, at));
  });
}

std::complex<double> LoadComplex(DType dtype, const std::byte* at) {
  if (dtype == DType::kComplex128)
    return {LoadLittleEndian<double>(at), LoadLittleEndian<double>(at + sizeof(double))};
  return {LoadLittleEndian<float>(at), LoadLittleEndian<float>(at + sizeof(float))};
}

double RoundToType(double value, DType dtype) {
  if (dtype == DType::kFloat64 || dtype == DType::kComplex128) return value;
  if (dtype == DType::kFloat32 || dtype == DType::kComplex64) return static_cast<float>(value);
  return WithSmallFloat(dtype, value, [&](auto format) -> double {
    return decltype(format)::Decode(decltype(format)::Encode(value));
  });
}

}  // namespace cairn::cli
