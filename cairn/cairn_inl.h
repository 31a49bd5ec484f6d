// The templates of cairn.h; include that.
#ifndef CAIRN_CAIRN_INL_H_
#define CAIRN_CAIRN_INL_H_

#include "cairn/cairn.h"
#include "cairn/core/allocate.h"
#include "cairn/core/export.h"

namespace cairn {
namespace internal {

// Makes a vector of so many zeros. Errors: kNoMemory.
template <typename T>
Result<std::vector<T>> MakeVector(uint64_t num_elements) {
  std::vector<T> values;
  CAIRN_RETURN_IF_ERROR(Allocate(num_elements * sizeof(T), [&] { values.resize(num_elements); }));
  return values;
}

CAIRN_EXPORT Result<std::shared_ptr<const TensorSource>> GetAs(const TensorDict& dict,
                                                               std::string_view name,
                                                               std::optional<DType> asked);
CAIRN_EXPORT Status ReadInto(std::shared_ptr<const TensorSource> source, std::string_view name,
                             MutableBytes out, const TransferOptions& options);

struct MappedValue {
  std::shared_ptr<const RandomAccessFile> file;  // keeps `bytes` mapped
  Bytes bytes;
  Shape shape;
};
CAIRN_EXPORT Result<MappedValue> MapAs(const TensorDict& dict, std::string_view name,
                                       std::optional<DType> asked, size_t alignment,
                                       const TransferOptions& options);

// Returns the source of a tensor whose elements are real numbers. Errors: as ReadTensorAs.
CAIRN_EXPORT Result<std::shared_ptr<const TensorSource>> GetReal(const TensorDict& dict,
                                                                 std::string_view name);
// Returns the number of elements in `nbytes` bytes. Errors: as DecodeFloats.
CAIRN_EXPORT Result<uint64_t> CountReal(DType dtype, uint64_t nbytes);
// Converts whole elements of a real dtype; `out` has as many.
CAIRN_EXPORT void DecodeReal(DType dtype, Bytes elements, std::span<float> out);
CAIRN_EXPORT void DecodeReal(DType dtype, Bytes elements, std::span<double> out);

}  // namespace internal

template <Element T>
Result<std::vector<T>> ReadTensor(const TensorDict& dict, std::string_view name,
                                  const TransferOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(auto source, internal::GetAs(dict, name, internal::AskedDType<T>()));
  CAIRN_RETURN_IF_ERROR(source->CheckCanBeHeld().InTensor(name));
  CAIRN_ASSIGN_OR_RETURN(auto values,
                         internal::MakeVector<T>(source->nbytes() / sizeof(T)).InTensor(name));
  CAIRN_RETURN_IF_ERROR(internal::ReadInto(std::move(source), name,
                                           std::as_writable_bytes(std::span(values)), options));
  return values;
}

template <typename T, typename Out>
  requires OutputOf<Out, T>
Status ReadTensor(const TensorDict& dict, std::string_view name, Out&& out,
                  const TransferOptions& options) {
  using OutElement = std::ranges::range_value_t<Out>;
  CAIRN_ASSIGN_OR_RETURN(auto source,
                         internal::GetAs(dict, name, internal::AskedDType<OutElement>()));
  const std::span elements(std::ranges::data(out), std::ranges::size(out));
  return internal::ReadInto(std::move(source), name, std::as_writable_bytes(elements), options);
}

template <RealElement T>
Result<std::vector<T>> ReadTensorAs(const TensorDict& dict, std::string_view name,
                                    const TransferOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const auto source, internal::GetReal(dict, name));
  if (source->dtype() == DTypeOf<T>()) return ReadTensor<T>(dict, name, options);
  CAIRN_ASSIGN_OR_RETURN(const auto elements, ReadTensor<std::byte>(dict, name, options));
  return DecodeFloats<T>(source->dtype(), elements).InTensor(name);
}

template <RealElement T>
Result<std::vector<T>> DecodeFloats(DType dtype, Bytes elements) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t count, internal::CountReal(dtype, elements.size()));
  CAIRN_ASSIGN_OR_RETURN(auto values, internal::MakeVector<T>(count));
  internal::DecodeReal(dtype, elements, std::span<T>(values));
  return values;
}

template <Element T>
class TensorView {
 public:
  std::span<const T> values() const {
    return {reinterpret_cast<const T*>(value_.bytes.data()), value_.bytes.size() / sizeof(T)};
  }
  const Shape& shape() const { return value_.shape; }

 private:
  friend Result<TensorView> ViewTensor<T>(const TensorDict&, std::string_view,
                                          const TransferOptions&);
  explicit TensorView(internal::MappedValue value) : value_(std::move(value)) {}

  internal::MappedValue value_;
};

template <Element T>
Result<TensorView<T>> ViewTensor(const TensorDict& dict, std::string_view name,
                                 const TransferOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(
      auto value, internal::MapAs(dict, name, internal::AskedDType<T>(), alignof(T), options));
  return TensorView<T>(std::move(value));
}

}  // namespace cairn

#endif  // CAIRN_CAIRN_INL_H_
