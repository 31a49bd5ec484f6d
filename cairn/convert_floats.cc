// The conversions of cairn.h between elements of any real dtype and float or double.
#include "cairn/cairn.h"
#include "cairn/source/cast_elements.h"

namespace cairn {
namespace {

template <typename T>
Result<std::vector<std::byte>> Encode(DType dtype, std::span<const T> values) {
  if (KindOf(dtype) != DTypeKind::kFloat || !CanCast(DTypeOf<T>(), dtype)) {
    return Status(Reason::kArgument,
                  "floating-point numbers cannot be converted to " + std::string(Name(dtype)));
  }
  CAIRN_ASSIGN_OR_RETURN(auto bytes,
                         internal::MakeVector<std::byte>(values.size() * ElementNbytes(dtype)));
  CastCounts counts;  // the values that do not fit are not told
  CAIRN_RETURN_IF_ERROR(
      CastElements(DTypeOf<T>(), dtype, std::as_bytes(values), bytes.data(), counts));
  return bytes;
}

// Every real dtype can become a floating-point one.
template <typename T>
void Decode(DType dtype, Bytes elements, std::span<T> out) {
  CastCounts counts;
  (void)CastElements(dtype, DTypeOf<T>(), elements, std::as_writable_bytes(out).data(), counts);
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

void DecodeReal(DType dtype, Bytes elements, std::span<float> out) { Decode(dtype, elements, out); }
void DecodeReal(DType dtype, Bytes elements, std::span<double> out) {
  Decode(dtype, elements, out);
}

}  // namespace internal

Result<std::vector<std::byte>> EncodeFloats(DType dtype, std::span<const float> values) {
  return Encode(dtype, values);
}
Result<std::vector<std::byte>> EncodeFloats(DType dtype, std::span<const double> values) {
  return Encode(dtype, values);
}

}  // namespace cairn
