// Elements of any numeric dtype as floating-point numbers.
#ifndef CAIRN_SOURCE_DECODE_ELEMENTS_H_
#define CAIRN_SOURCE_DECODE_ELEMENTS_H_

#include "cairn/core/bytes.h"
#include "cairn/core/dtype.h"

namespace cairn {

// Whether every value of `dtype` is one of float32.
bool FitsFloat32(DType dtype);

// `bytes` holds whole elements; `out` has room for as many. Exactly the values of a dtype that
// fits.
void DecodeElements(DType dtype, Bytes bytes, float* out);
// Decodes the other numeric dtypes: 64-bit integers beyond 2^53 are rounded, complex numbers become
// their absolute values.
void DecodeElements(DType dtype, Bytes bytes, double* out);

}  // namespace cairn

#endif  // CAIRN_SOURCE_DECODE_ELEMENTS_H_
