// Rows of a tensor in another order, some of them more than once or not at all, and rows of zeros.
#ifndef CAIRN_SOURCE_ROWS_SOURCE_H_
#define CAIRN_SOURCE_ROWS_SOURCE_H_

#include <memory>
#include <vector>

#include "cairn/core/tensor_source.h"
#include "cairn/source/transposed_source.h"

namespace cairn {

// The number of a row of zeros.
inline constexpr int64_t kNoRow = -1;

// Returns a tensor whose row i is row rows[i] of `whole`, or zeros where that is kNoRow. A row is
// all elements of one index of the first dimension. `whole` is read to its checked end once for
// each part of at most `part_nbytes` (and at least one row), which is held. Errors: kArgument (a
// scalar, strings, a row that is not there); of reading: those of `whole`.
Result<std::shared_ptr<const TensorSource>> PickRows(std::shared_ptr<const TensorSource> whole,
                                                     std::vector<int64_t> rows,
                                                     uint64_t part_nbytes = kReorderNbytes);

}  // namespace cairn

#endif  // CAIRN_SOURCE_ROWS_SOURCE_H_
