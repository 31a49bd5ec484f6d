// Whether boxes make up a whole tensor.
#ifndef CAIRN_CORE_TILING_H_
#define CAIRN_CORE_TILING_H_

#include "cairn/core/box.h"
#include "cairn/core/shape.h"

namespace cairn {

// Success where each element of the tensor lies in exactly one of `boxes`, which CheckBox accepts.
// Takes O(n log n) time for n boxes. Errors: kSlice names the first element in row-major order that
// lies in none or in several; kLimit (more than four million corners, of which a box has two for
// each dimension in which the tensor is cut).
Status CheckTiling(const Shape& shape, std::span<const Box> boxes);

}  // namespace cairn

#endif  // CAIRN_CORE_TILING_H_
