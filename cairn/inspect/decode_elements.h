// Elements of any numeric dtype as float64.
#ifndef CAIRN_INSPECT_DECODE_ELEMENTS_H_
#define CAIRN_INSPECT_DECODE_ELEMENTS_H_

#include "cairn/core/bytes.h"
#include "cairn/core/dtype.h"

namespace cairn {

// `bytes` holds whole elements; `out` has room for as many. Exact but for 64-bit integers beyond
// 2^53, which are rounded, and complex numbers, of which it is the absolute value.
void DecodeElements(DType dtype, Bytes bytes, double* out);

}  // namespace cairn

#endif  // CAIRN_INSPECT_DECODE_ELEMENTS_H_
