// The types that elements of tensors are read as.
#ifndef CAIRN_CORE_ELEMENT_H_
#define CAIRN_CORE_ELEMENT_H_

#include <concepts>
#include <cstddef>
#include <optional>

#include "cairn/core/dtype.h"

namespace cairn {

// The C++ type of the dtype, or std::byte for the bytes of any dtype whose elements have a fixed
// size. `bool` elements are read as uint8_t: they are 0 or 1 in every sound checkpoint, and other
// bytes in an unsound one would not be valid values of `bool`. float16, bfloat16 and float8 have no
// C++ type: ReadTensorAs converts them.
template <typename T>
concept Element =
    std::same_as<T, std::byte> || (requires { DTypeOf<T>(); } && !std::same_as<T, bool>);

namespace internal {

// The dtype that T asks for, or nothing where T takes any dtype of a fixed size.
template <Element T>
constexpr std::optional<DType> AskedDType() {
  if constexpr (std::same_as<T, std::byte>) {
    return std::nullopt;
  } else {
    return DTypeOf<T>();
  }
}

}  // namespace internal

// Whether elements of `dtype` can be read as the type that asks for `asked`.
constexpr bool IsReadAs(DType dtype, std::optional<DType> asked) {
  return !asked || *asked == dtype || (dtype == DType::kBool && asked == DType::kUInt8);
}

}  // namespace cairn

#endif  // CAIRN_CORE_ELEMENT_H_
