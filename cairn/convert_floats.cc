// The conversions of cairn.h between elements of any real dtype and float or double.
#include <algorithm>
#include <array>

#include "cairn/cairn.h"
#include "cairn/core/escape.h"
#include "cairn/source/decode_elements.h"

namespace cairn {
namespace {

template <typename Stored, typename T>
void CastFrom(Bytes elements, std::span<T> out) {
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<T>(LoadLittleEndian<Stored>(elements.data() + i * sizeof(Stored)));
}

template <typename Stored, typename T>
void CastTo(std::span<const T> values, std::byte* out) {
  for (size_t i = 0; i < values.size(); ++i)
    StoreLittleEndian(out + i * sizeof(Stored), static_cast<Stored>(values[i]));
}

template <typename Small, typename Code, typename T>
void EncodeSmall(std::span<const T> values, std::byte* out) {
  for (size_t i = 0; i < values.size(); ++i)
    StoreLittleEndian(out + i * sizeof(Code),
                      static_cast<Code>(Small::Encode(static_cast<double>(values[i]))));
}

// Decodes elements of a dtype whose every value is a float.
void DecodeNarrow(DType dtype, Bytes elements, std::span<float> out) {
  DecodeElements(dtype, elements, out.data());
}
void DecodeNarrow(DType dtype, Bytes elements, std::span<double> out) {
  std::array<float, 1024> block;
  const size_t nbytes = ElementNbytes(dtype);
  for (size_t i = 0; i < out.size(); i += block.size()) {
    const size_t count = std::min(block.size(), out.size() - i);
    DecodeElements(dtype, elements.subspan(i * nbytes, count * nbytes), block.data());
    std::copy_n(block.begin(), count, out.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

// Wide elements are cast in one step: rounding a 64-bit integer to double and then to float would
// not always return the nearest float.
template <typename T>
void DecodeAny(DType dtype, Bytes elements, std::span<T> out) {
  switch (dtype) {
    case DType::kFloat64:
      return CastFrom<double>(elements, out);
    case DType::kInt32:
    case DType::kQInt32:
      return CastFrom<int32_t>(elements, out);
    case DType::kUInt32:
      return CastFrom<uint32_t>(elements, out);
    case DType::kInt64:
      return CastFrom<int64_t>(elements, out);
    case DType::kUInt64:
      return CastFrom<uint64_t>(elements, out);
    default:
      return DecodeNarrow(dtype, elements, out);
  }
}

template <typename T>
using Encoder = void (*)(std::span<const T> values, std::byte* out);

// Returns null for a dtype that EncodeFloats does not write.
template <typename T>
Encoder<T> EncoderOf(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return CastTo<float, T>;
    case DType::kFloat64:
      return CastTo<double, T>;
    case DType::kFloat16:
      return EncodeSmall<Float16, uint16_t, T>;
    case DType::kBFloat16:
      return EncodeSmall<BFloat16, uint16_t, T>;
    case DType::kFloat8E5M2:
      return EncodeSmall<Float8E5M2, uint8_t, T>;
    case DType::kFloat8E4M3FN:
      return EncodeSmall<Float8E4M3FN, uint8_t, T>;
    case DType::kFloat8E4M3FNUZ:
      return EncodeSmall<Float8E4M3FNUZ, uint8_t, T>;
    case DType::kFloat8E4M3B11FNUZ:
      return EncodeSmall<Float8E4M3B11FNUZ, uint8_t, T>;
    case DType::kFloat8E5M2FNUZ:
      return EncodeSmall<Float8E5M2FNUZ, uint8_t, T>;
    case DType::kFloat6E2M3FN:
      return EncodeSmall<Float6E2M3FN, uint8_t, T>;
    case DType::kFloat6E3M2FN:
      return EncodeSmall<Float6E3M2FN, uint8_t, T>;
    case DType::kFloat4E2M1FN:
      return EncodeSmall<Float4E2M1FN, uint8_t, T>;
    default:
      return nullptr;
  }
}

template <typename T>
Result<std::vector<std::byte>> Encode(DType dtype, std::span<const T> values) {
  const Encoder<T> encode = EncoderOf<T>(dtype);
  if (encode == nullptr) {
    return Status(Reason::kArgument,
                  "floating-point numbers cannot be converted to " + std::string(Name(dtype)));
  }
  CAIRN_ASSIGN_OR_RETURN(auto bytes,
                         internal::MakeVector<std::byte>(values.size() * ElementNbytes(dtype)));
  encode(values, bytes.data());
  return bytes;
}

bool IsReal(DType dtype) {
  const DTypeKind kind = KindOf(dtype);
  return kind != DTypeKind::kComplex && kind != DTypeKind::kString && kind != DTypeKind::kOpaque;
}

}  // namespace

namespace internal {

Result<std::shared_ptr<const TensorSource>> GetReal(const TensorDict& dict, std::string_view name) {
  CAIRN_ASSIGN_OR_RETURN(auto source, dict.Get(name));
  if (IsReal(source->dtype())) return source;
  return Status(Reason::kMismatch, "is " + std::string(Name(source->dtype())) +
                                       ", whose elements are not real numbers")
      .InTensor(name);
}

Result<uint64_t> CountReal(DType dtype, uint64_t nbytes) {
  if (!IsReal(dtype)) {
    return Status(Reason::kArgument,
                  "elements of " + std::string(Name(dtype)) + " are not real numbers");
  }
  const uint64_t element_nbytes = ElementNbytes(dtype);
  if (nbytes % element_nbytes == 0) return nbytes / element_nbytes;
  return Status(Reason::kArgument, std::to_string(nbytes) + " bytes are not whole elements of " +
                                       std::string(Name(dtype)) + ", which have " +
                                       std::to_string(element_nbytes) + " bytes");
}

void DecodeReal(DType dtype, Bytes elements, std::span<float> out) {
  DecodeAny(dtype, elements, out);
}
void DecodeReal(DType dtype, Bytes elements, std::span<double> out) {
  DecodeAny(dtype, elements, out);
}

}  // namespace internal

Result<std::vector<std::byte>> EncodeFloats(DType dtype, std::span<const float> values) {
  return Encode(dtype, values);
}
Result<std::vector<std::byte>> EncodeFloats(DType dtype, std::span<const double> values) {
  return Encode(dtype, values);
}

}  // namespace cairn
