// The element types that libtorch and Cairn share.
#ifndef CAIRN_ENGINES_TORCH_TORCH_DTYPE_H_
#define CAIRN_ENGINES_TORCH_TORCH_DTYPE_H_

#include <c10/core/ScalarType.h>

#include "cairn/core/dtype.h"

namespace cairn {

// A type of Cairn whose elements are the same bytes; kInvalid where there is none.
inline DType DTypeOfTorch(c10::ScalarType type) {
  switch (type) {
    case c10::ScalarType::Bool:
      return DType::kBool;
    case c10::ScalarType::Byte:
      return DType::kUInt8;
    case c10::ScalarType::Char:
      return DType::kInt8;
    case c10::ScalarType::Short:
      return DType::kInt16;
    case c10::ScalarType::Int:
      return DType::kInt32;
    case c10::ScalarType::Long:
      return DType::kInt64;
    case c10::ScalarType::Half:
      return DType::kFloat16;
    case c10::ScalarType::BFloat16:
      return DType::kBFloat16;
    case c10::ScalarType::Float:
      return DType::kFloat32;
    case c10::ScalarType::Double:
      return DType::kFloat64;
    case c10::ScalarType::ComplexFloat:
      return DType::kComplex64;
    case c10::ScalarType::ComplexDouble:
      return DType::kComplex128;
    default:
      return DType::kInvalid;
  }
}

}  // namespace cairn

#endif  // CAIRN_ENGINES_TORCH_TORCH_DTYPE_H_
