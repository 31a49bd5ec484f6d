// Arrays whose first index runs fastest (Fortran order), in the order of tensors, whose last does.
#ifndef CAIRN_FORMATS_NPZ_FORTRAN_ORDER_H_
#define CAIRN_FORMATS_NPZ_FORTRAN_ORDER_H_

#include "cairn/core/tensor_source.h"

namespace cairn::npz {

// The elements of `stored`, which has as many bytes as `dims` need, row-major. Bytes are checked
// before any is given; memory is a sixteenth of the value, 4 MiB at least, 64 MiB at most.
std::unique_ptr<TensorStream> StreamRowMajor(Extent stored, std::span<const int64_t> dims,
                                             uint64_t element_nbytes);

}  // namespace cairn::npz

#endif  // CAIRN_FORMATS_NPZ_FORTRAN_ORDER_H_
