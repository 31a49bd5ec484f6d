// A tensor with its dimensions in another order.
#ifndef CAIRN_SOURCE_TRANSPOSED_SOURCE_H_
#define CAIRN_SOURCE_TRANSPOSED_SOURCE_H_

#include <memory>
#include <span>

#include "cairn/core/tensor_source.h"

namespace cairn {

// Memory for the part of a value that is held while its elements are put into another order.
inline constexpr uint64_t kReorderNbytes = uint64_t{64} << 20;

// Returns `whole` with the dimensions in the order of `axes`, which has each of them once:
// dimension i of the result is dimension axes[i] of `whole`. Where the value lies in a file as it
// is, its bytes are checked and then read in the order that is needed, in the memory of
// StreamStrided. Where it does not, it is read to its checked end once for each part of at most
// `part_nbytes` (and at least one element), which is held. Errors: kArgument (`axes` is not such an
// order, or `whole` is of strings); of reading: those of `whole`.
Result<std::shared_ptr<const TensorSource>> Transpose(std::shared_ptr<const TensorSource> whole,
                                                      std::span<const size_t> axes,
                                                      uint64_t part_nbytes = kReorderNbytes);

}  // namespace cairn

#endif  // CAIRN_SOURCE_TRANSPOSED_SOURCE_H_
