// A program's own values as tensors, to be saved or restored from. Nothing is copied; a value has
// no checksum.
#ifndef CAIRN_SESSION_MEMORY_SOURCE_H_
#define CAIRN_SESSION_MEMORY_SOURCE_H_

#include <initializer_list>
#include <map>
#include <ranges>
#include <span>
#include <string>
#include <vector>

#include "cairn/core/tensor_dict.h"

namespace cairn {

// Sees `bytes` (row-major, little-endian), which must stay as they are as long as the source is
// used. `name` is for messages. Errors: kDType (string, resource, variant), kShape, kOverflow,
// kSize (`bytes` are not what dtype and shape need).
Result<std::shared_ptr<const TensorSource>> MemorySource(std::string_view name, DType dtype,
                                                         Bytes bytes,
                                                         std::span<const int64_t> dims);
// The same for strings. Errors: kShape, kOverflow, kSize.
Result<std::shared_ptr<const TensorSource>> MemorySource(std::string_view name,
                                                         std::span<const std::string> strings,
                                                         std::span<const int64_t> dims);

// An array of the program, borrowed: contiguous, row-major, unchanged as long as it is used.
struct Array {
  // From a vector, array or span of numbers.
  template <std::ranges::contiguous_range Range>
  Array(const Range& values, std::initializer_list<int64_t> shape)
      : dtype(DTypeOf<std::ranges::range_value_t<Range>>()),
        bytes(std::as_bytes(std::span(std::ranges::data(values), std::ranges::size(values)))),
        dims(shape) {}
  Array(std::span<const std::string> values, std::initializer_list<int64_t> shape)
      : dtype(DType::kString), strings(values), dims(shape) {}
  Array(const std::vector<std::string>& values, std::initializer_list<int64_t> shape)
      : Array(std::span(values), shape) {}
  // For dtypes without a C++ type, and shapes known at run time.
  Array(DType type, Bytes value, std::span<const int64_t> shape)
      : dtype(type), bytes(value), dims(shape.begin(), shape.end()) {}

  DType dtype;
  Bytes bytes;                           // numeric
  std::span<const std::string> strings;  // string
  std::vector<int64_t> dims;
};

// Arrays by name as a dict, for Save and DictRestore. Errors: those of MemorySource, with the name.
Result<TensorDict> DictOf(const std::map<std::string, Array>& arrays);

}  // namespace cairn

#endif  // CAIRN_SESSION_MEMORY_SOURCE_H_
