// Packed arrays in Fortran order: they can only be read from their first byte to their last, which
// is not the order of tensors.
#ifndef CAIRN_FORMATS_NPZ_PACKED_FORTRAN_ORDER_H_
#define CAIRN_FORMATS_NPZ_PACKED_FORTRAN_ORDER_H_

#include <functional>
#include <memory>
#include <vector>

#include "cairn/core/tensor_source.h"

namespace cairn::npz {

// The elements of a value, row-major, where `open` gives its bytes in Fortran order. They are read
// to their checked end once for each part of the value, which is held: one of at most `part_nbytes`
// and at least one element. Memory is that of a part and of StreamRowMajor. Errors of the stream:
// those of `open` and of what it gives; kSize (it gives fewer bytes than `dims` need).
std::unique_ptr<TensorStream> StreamPackedRowMajor(
    std::function<Result<std::unique_ptr<TensorStream>>()> open, std::vector<int64_t> dims,
    uint64_t element_nbytes, uint64_t part_nbytes);

}  // namespace cairn::npz

#endif  // CAIRN_FORMATS_NPZ_PACKED_FORTRAN_ORDER_H_
