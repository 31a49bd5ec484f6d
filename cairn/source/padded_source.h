// A tensor with zeros around it.
#ifndef CAIRN_SOURCE_PADDED_SOURCE_H_
#define CAIRN_SOURCE_PADDED_SOURCE_H_

#include <memory>
#include <span>

#include "cairn/core/tensor_source.h"

namespace cairn {

// How many zeros stand before and after the elements of one dimension.
struct Padding {
  int64_t before = 0;
  int64_t after = 0;
};

// Returns `whole` with zeros around it, in the memory of its stream. Errors: kArgument (not one
// padding a dimension, a negative one, a size beyond 2^63, or `whole` is of strings); of reading:
// those of `whole`.
Result<std::shared_ptr<const TensorSource>> Pad(std::shared_ptr<const TensorSource> whole,
                                                std::span<const Padding> paddings);

}  // namespace cairn

#endif  // CAIRN_SOURCE_PADDED_SOURCE_H_
