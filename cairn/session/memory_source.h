// The program's own values as tensors, to save them or to restore from them. No value is copied,
// and none has a checksum.
#ifndef CAIRN_SESSION_MEMORY_SOURCE_H_
#define CAIRN_SESSION_MEMORY_SOURCE_H_

#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/core/tensor_dict.h"
#include "cairn/session/array_arguments.h"
#include "cairn/session/array_traits.h"

namespace cairn {

// Makes a source of `bytes` (row-major, little-endian), which must stay unchanged as long as the
// source is used. Messages show `name`. Errors: kArgument (the dtype is string, resource or
// variant; the dims are negative or too large; dtype and dims need another number of bytes).
CAIRN_EXPORT Result<std::shared_ptr<const TensorSource>> MemorySource(
    std::string_view name, DType dtype, Bytes bytes, std::span<const int64_t> dims);
// Makes a source of strings. Errors: kArgument.
CAIRN_EXPORT Result<std::shared_ptr<const TensorSource>> MemorySource(
    std::string_view name, std::span<const std::string> strings, std::span<const int64_t> dims);

// An array of the program: a view of its elements (contiguous, row-major), and a copy of its dims.
// The program keeps the elements alive and unchanged as long as the Array, and any dict made from
// it, is used. A temporary does not compile: see array_arguments.h. Whether dims and elements agree
// is checked by DictOf.
//
//   {weights, {3, 2}}                a vector, array or span of numbers or of std::string
//   {weights, dims}                  dims known at run time: a vector of int64_t
//   step                             a number or a std::string: a scalar
//   {DType::kBFloat16, bytes, {8}}   bytes of any dtype whose elements have a fixed size
//   matrix                           an Eigen matrix: include cairn/session/eigen.h
//   {matrix, {3, 3, 8}}              with other dims of as many elements
struct Array {
  template <BorrowedNumbers Range>
  Array(Range&& values, Dims shape)
      : Array(DTypeOf<std::ranges::range_value_t<Range>>(),
              std::as_bytes(std::span(std::ranges::data(values), std::ranges::size(values))),
              shape) {}
  template <BorrowedStrings Range>
  Array(Range&& values, Dims shape) : Array(DType::kString, Bytes(), shape) {
    strings = std::span(std::ranges::data(values), std::ranges::size(values));
  }
  template <BorrowedNumber Number>
  Array(Number&& value, Dims shape = {}) : Array(std::span(&value, 1), shape) {}
  template <BorrowedString String>
  Array(String&& value, Dims shape = {}) : Array(std::span(&value, 1), shape) {}
  template <BorrowedBytes Range>
  Array(DType type, Range&& value, Dims shape)
      : dtype(type),
        bytes(std::ranges::data(value), std::ranges::size(value)),
        dims(shape.values().begin(), shape.values().end()) {}
  template <BorrowedShapedArray Shaped>
  Array(Shaped&& array) : Array(DTypeOfElements<Shaped>(), Bytes(), {}) {
    dims = ArrayTraits<std::remove_cvref_t<Shaped>>::DimsOf(array);
    SetElements(ArrayTraits<std::remove_cvref_t<Shaped>>::ElementsOf(std::as_const(array)));
  }
  template <BorrowedShapedArray Shaped>
  Array(Shaped&& array, std::initializer_list<int64_t> shape) : Array(array) {
    dims = shape;
  }

  DType dtype;
  Bytes bytes;                           // holds numbers
  std::span<const std::string> strings;  // holds strings
  std::vector<int64_t> dims;
  Status error;  // why the elements cannot be used; DictOf returns it

 private:
  template <typename T>
  void SetElements(const Result<std::span<const T>>& elements) {
    error = elements.status();
    if (elements.ok()) bytes = std::as_bytes(*elements);
  }
};

// Returns the arrays as a dict, for Save and DictRestore. Errors: those of MemorySource; the
// message begins with the name.
CAIRN_EXPORT Result<TensorDict> DictOf(const std::map<std::string, Array>& arrays);

}  // namespace cairn

#endif  // CAIRN_SESSION_MEMORY_SOURCE_H_
