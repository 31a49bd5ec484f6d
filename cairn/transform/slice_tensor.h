// A part of a tensor, as numpy's basic slicing names it.
#ifndef CAIRN_TRANSFORM_SLICE_TENSOR_H_
#define CAIRN_TRANSFORM_SLICE_TENSOR_H_

#include <memory>
#include <string_view>

#include "cairn/core/tensor_source.h"

namespace cairn {

struct SlicedTensor {
  std::shared_ptr<const TensorSource> source;
  // Whether reading it checks what it gives: a checksum covers a whole stored value. Where that has
  // to be made anyway (V1, deflated, strings), it is read to its checked end; of a partitioned
  // variable only the slices that the slice meets are.
  bool is_checked = false;
};

// "0:10,:,3": a number takes one place of its axis, which is gone then; start:stop:step a stretch,
// cut to the axis; a negative number counts from the end; `...` stands for all axes that are not
// named, and so does what is left out at the end. Steps are positive. Reads no byte that it does
// not need where the value lies in files as it is, or in the other byte order. Errors: kArgument
// (text that is not a slice, more axes than the tensor has, a number outside of its axis).
Result<SlicedTensor> SliceTensor(std::shared_ptr<const TensorSource> source,
                                 std::string_view slice);

// The same, but always CHECKED: where a checksum covers the whole stored value, all of it is read.
Result<std::shared_ptr<const TensorSource>> SliceTensorChecked(
    std::shared_ptr<const TensorSource> source, std::string_view slice);

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_SLICE_TENSOR_H_
