// The templates of cairn.h; include that.
#ifndef CAIRN_CAIRN_INL_H_
#define CAIRN_CAIRN_INL_H_

#include <exception>

namespace cairn {
namespace internal {

// The dtype that T asks for; nothing takes any of a fixed size.
template <Element T>
constexpr std::optional<DType> AskedDType() {
  if constexpr (std::same_as<T, std::byte>) {
    return std::nullopt;
  } else {
    return DTypeOf<T>();
  }
}

Result<std::shared_ptr<const TensorSource>> GetAs(const TensorDict& dict, std::string_view name,
                                                  std::optional<DType> asked);
Status ReadInto(std::shared_ptr<const TensorSource> source, std::string_view name, MutableBytes out,
                const TransferOptions& options);
Status NoMemoryFor(std::string_view name, uint64_t nbytes);

struct MappedValue {
  std::shared_ptr<const RandomAccessFile> file;  // keeps `bytes` mapped
  Bytes bytes;
  Shape shape;
};
Result<MappedValue> MapAs(const TensorDict& dict, std::string_view name, std::optional<DType> asked,
                          size_t alignment, const TransferOptions& options);

}  // namespace internal

template <Element T>
Result<std::vector<T>> ReadTensor(const TensorDict& dict, std::string_view name,
                                  const TransferOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(auto source, internal::GetAs(dict, name, internal::AskedDType<T>()));
  std::vector<T> values;
  try {
    values.resize(source->nbytes() / sizeof(T));
  } catch (const std::exception&) {
    return internal::NoMemoryFor(name, source->nbytes());
  }
  CAIRN_RETURN_IF_ERROR(internal::ReadInto(std::move(source), name,
                                           std::as_writable_bytes(std::span(values)), options));
  return values;
}

template <Element T>
Status ReadTensor(const TensorDict& dict, std::string_view name, std::span<T> out,
                  const TransferOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(auto source, internal::GetAs(dict, name, internal::AskedDType<T>()));
  return internal::ReadInto(std::move(source), name, std::as_writable_bytes(out), options);
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
