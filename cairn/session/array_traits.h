// Describes a type of arrays to Cairn: where the elements are, which dims they have, and how an
// array gets another size.
#ifndef CAIRN_SESSION_ARRAY_TRAITS_H_
#define CAIRN_SESSION_ARRAY_TRAITS_H_

#include <concepts>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "cairn/core/shape.h"
#include "cairn/core/status.h"
#include "cairn/session/array_arguments.h"

namespace cairn {

// Describes the arrays of type T. It is specialized for std::vector here, and for Eigen in
// cairn/session/eigen.h; specialize it for arrays of your own in the same way:
//
//   using Element = float;                    is not const
//   static constexpr bool kOwnsElements       whether a temporary array frees them
//   static constexpr bool kIsWritable         whether the elements of an array that is not const
//   can
//                                             be assigned
//   static Result<std::span<Element>> ElementsOf(T& array);
//   static Result<std::span<const Element>> ElementsOf(const T& array);
//                                             in row-major order, without gaps. Errors: kArgument
//                                             (they do not lie so)
//   static std::vector<int64_t> DimsOf(const T& array);
//                                             absent for arrays that do not know their dims
//   static bool CanHave(std::span<const int64_t> dims);
//                                             whether an array of type T can get these dims; -1 is
//                                             a dimension that is not known yet
//   static void Resize(T& array, std::span<const int64_t> dims);
//                                             gives an empty array these dims; may throw where
//                                             there is no memory. CanHave and Resize are absent for
//                                             arrays that cannot get another size.
template <typename T>
struct ArrayTraits;

// A vector that can grow. `std::vector<bool>` has no array of bool, so Cairn does not take it.
template <NumberType T, typename Allocator>
  requires(!std::same_as<T, bool> && std::allocator_traits<Allocator>::is_always_equal::value)
struct ArrayTraits<std::vector<T, Allocator>> {
  using Element = T;
  static constexpr bool kOwnsElements = true;
  static constexpr bool kIsWritable = true;

  static Result<std::span<T>> ElementsOf(std::vector<T, Allocator>& array) {
    return std::span<T>(array);
  }
  static Result<std::span<const T>> ElementsOf(const std::vector<T, Allocator>& array) {
    return std::span<const T>(array);
  }
  static bool CanHave(std::span<const int64_t> /*dims*/) { return true; }
  static void Resize(std::vector<T, Allocator>& array, std::span<const int64_t> dims) {
    array.resize(*NumElements(dims));
  }
};

// An array that knows its dims, such as an Eigen matrix, and stays in place after the call.
template <typename T>
concept ShapedArray = requires(const std::remove_cvref_t<T>& array) {
  requires NumberType<typename ArrayTraits<std::remove_cvref_t<T>>::Element>;
  ArrayTraits<std::remove_cvref_t<T>>::DimsOf(array);
};
template <typename T>
concept BorrowedShapedArray =
    ShapedArray<T> &&
    (std::is_lvalue_reference_v<T> || !ArrayTraits<std::remove_cvref_t<T>>::kOwnsElements);
template <typename T>
concept WritableShapedArray =
    BorrowedShapedArray<T> && !std::is_const_v<std::remove_reference_t<T>> &&
    ArrayTraits<std::remove_cvref_t<T>>::kIsWritable;

// An array that can get another size.
template <typename T>
concept ResizableArray = requires(std::remove_cvref_t<T>& array, std::span<const int64_t> dims) {
  requires NumberType<typename ArrayTraits<std::remove_cvref_t<T>>::Element>;
  ArrayTraits<std::remove_cvref_t<T>>::Resize(array, dims);
};

// The dtype of the elements of a ShapedArray or ResizableArray.
template <typename T>
constexpr DType DTypeOfElements() {
  return DTypeOf<typename ArrayTraits<std::remove_cvref_t<T>>::Element>();
}

}  // namespace cairn

#endif  // CAIRN_SESSION_ARRAY_TRAITS_H_
