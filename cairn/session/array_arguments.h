// How a program passes its own arrays to Cairn: by reference, with their dims.
//
// A temporary array does not compile, because its memory would be freed before it is used:
//   {"w", {MakeWeights(), {3, 2}}}     error: the vector dies at the end of the statement
//   const auto w = MakeWeights();      keep it instead, as long as Cairn uses it
//   {"w", {w, {3, 2}}}
#ifndef CAIRN_SESSION_ARRAY_ARGUMENTS_H_
#define CAIRN_SESSION_ARRAY_ARGUMENTS_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>

#include "cairn/core/dtype.h"

namespace cairn {

// The dims of an array, outermost first: {3, 2} in place, or a vector, array or span of int64_t
// that was made at run time. {} are the dims of a scalar. Use it as an argument only: it borrows
// the numbers until the end of the statement.
class Dims {
 public:
  Dims(std::initializer_list<int64_t> dims) : dims_(dims.begin(), dims.size()) {}
  template <std::ranges::contiguous_range Range>
    requires std::same_as<std::ranges::range_value_t<Range>, int64_t>
  Dims(const Range& dims) : dims_(std::ranges::data(dims), std::ranges::size(dims)) {}

  std::span<const int64_t> values() const { return dims_; }

 private:
  std::span<const int64_t> dims_;
};

// A type of numbers that tensors can have, const or not: see DTypeOf.
template <typename T>
concept NumberType = requires { DTypeOf<std::remove_const_t<T>>(); };

// A vector, array or span whose elements stay in place after the call.
template <typename Range>
concept BorrowedRange = std::ranges::contiguous_range<Range> && std::ranges::borrowed_range<Range>;

template <typename Range>
concept BorrowedNumbers = BorrowedRange<Range> && NumberType<std::ranges::range_value_t<Range>>;
template <typename Range>
concept BorrowedStrings =
    BorrowedRange<Range> && std::same_as<std::ranges::range_value_t<Range>, std::string>;
template <typename Range>
concept BorrowedBytes =
    BorrowedRange<Range> && std::same_as<std::ranges::range_value_t<Range>, std::byte>;

// One number or string that stays in place: an lvalue.
template <typename T>
concept BorrowedNumber = std::is_lvalue_reference_v<T> && NumberType<std::remove_reference_t<T>>;
template <typename T>
concept BorrowedString =
    std::is_lvalue_reference_v<T> && std::same_as<std::remove_cvref_t<T>, std::string>;

// Elements that can be assigned.
template <typename Range>
concept WritableRange =
    !std::is_const_v<std::remove_reference_t<std::ranges::range_reference_t<Range>>>;

}  // namespace cairn

#endif  // CAIRN_SESSION_ARRAY_ARGUMENTS_H_
