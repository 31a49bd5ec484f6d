// Tensors made of values, and the values of tensors.
#ifndef CAIRN_TESTING_VALUES_H_
#define CAIRN_TESTING_VALUES_H_

#include <initializer_list>
#include <memory>
#include <vector>

#include "cairn/core/tensor_dict.h"

namespace cairn {

// The tensors by their names, which differ.
TensorDict DictOf(std::vector<std::pair<std::string, std::shared_ptr<const TensorSource>>> tensors);

// A tensor in memory with the checksum of its bytes, as a checked format gives one: it streams, has
// an extent and random access. Null where `bytes` are not what dtype and dims need.
std::shared_ptr<const TensorSource> SourceOfBytes(DType dtype, std::initializer_list<int64_t> dims,
                                                  Bytes bytes);

// The same with a checksum that does not hold: its stream ends with kCrc.
std::shared_ptr<const TensorSource> DamagedSourceOfBytes(DType dtype,
                                                         std::initializer_list<int64_t> dims,
                                                         Bytes bytes);

template <typename T>
std::shared_ptr<const TensorSource> SourceOf(std::initializer_list<int64_t> dims,
                                             const std::vector<T>& values) {
  return SourceOfBytes(DTypeOf<T>(), dims, std::as_bytes(std::span(values)));
}

template <typename T>
std::shared_ptr<const TensorSource> DamagedSourceOf(std::initializer_list<int64_t> dims,
                                                    const std::vector<T>& values) {
  return DamagedSourceOfBytes(DTypeOf<T>(), dims, std::as_bytes(std::span(values)));
}

// The whole value through the stream, in pieces of at most `piece_nbytes`, checked.
Result<std::vector<std::byte>> ReadStream(const TensorSource& source, size_t piece_nbytes = 64);

// The value of a tensor of a dict as text: numbers as they lie, strings and variants with a bar
// after each element.
Result<std::string> ReadAsText(const TensorDict& dict, std::string_view name);

// The same as numbers. Errors: also kMismatch, where `source` holds elements of another type.
template <typename T>
Result<std::vector<T>> ValuesOf(const TensorSource& source, size_t piece_nbytes = 64) {
  if (source.dtype() != DTypeOf<T>()) return Status(Reason::kMismatch, "another dtype");
  CAIRN_ASSIGN_OR_RETURN(const auto bytes, ReadStream(source, piece_nbytes));
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

}  // namespace cairn

#endif  // CAIRN_TESTING_VALUES_H_
