// Elements of one dtype as those of another.
#ifndef CAIRN_SOURCE_CAST_ELEMENTS_H_
#define CAIRN_SOURCE_CAST_ELEMENTS_H_

#include "cairn/core/bytes.h"
#include "cairn/core/dtype.h"
#include "cairn/core/status.h"
#include "cairn/source/cast_counts.h"

namespace cairn {

// Whether elements of `from` can become elements of `to`: real numbers real ones (nothing becomes
// float8_e8m0fnu, which has neither sign nor zero), complex ones complex ones.
bool CanCast(DType from, DType to);

// Casts whole elements; `out` has room for as many. CanCast must be true. A float takes the nearest
// value, halfway cases to the even one, with a single rounding; what is too great becomes infinity,
// where there is none NaN, where there is neither the greatest value, as in ml_dtypes; a NaN keeps
// its sign, not its payload. An integer takes a float without its fraction. A bool is false for
// zero alone. Adds to `counts`. Errors: kMismatch (the value of an element is none of an integer
// dtype: too great, or NaN; the message has its position, that of the first being `first`).
Status CastElements(DType from, DType to, Bytes elements, std::byte* out, CastCounts& counts,
                    uint64_t first = 0);

}  // namespace cairn

#endif  // CAIRN_SOURCE_CAST_ELEMENTS_H_
