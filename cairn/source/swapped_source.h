// A tensor whose stored bytes are those of the other byte order.
#ifndef CAIRN_SOURCE_SWAPPED_SOURCE_H_
#define CAIRN_SOURCE_SWAPPED_SOURCE_H_

#include "cairn/core/tensor_source.h"

namespace cairn {

// The value of `stored` with each unit of `swap_nbytes` (core/dtype.h) reversed: for a complex
// number, each half. Checksums are those of the stored bytes. Has no extent. Dtypes whose elements
// are one byte are given back as they are.
std::shared_ptr<const TensorSource> SwapBytes(std::shared_ptr<const TensorSource> stored);

}  // namespace cairn

#endif  // CAIRN_SOURCE_SWAPPED_SOURCE_H_
