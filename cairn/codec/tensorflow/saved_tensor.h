// The facts that the inputs of TensorFlow's SaveV2 give about one tensor: a name, and how the slice
// that is saved lies in the whole.
//
//   spec:   "" for a whole tensor, or the dimensions of the whole, then the slice
//   slice:  one of "-" (all of the dimension) and "start,length" for each, ':' between:
//           "10 20 0,5:-"
//
// Source: tensorflow/core/util/saved_tensor_slice_util.h, tensor_slice.h.
#ifndef CAIRN_CODEC_TENSORFLOW_SAVED_TENSOR_H_
#define CAIRN_CODEC_TENSORFLOW_SAVED_TENSOR_H_

#include <string>
#include <string_view>
#include <vector>

#include "cairn/codec/tensorflow/tensor_slice.h"
#include "cairn/core/dtype.h"

namespace cairn::tensorflow {

struct SavedTensor {
  std::string name;
  DType dtype = DType::kInvalid;
  std::vector<int64_t> dims;  // of the whole
  TensorSlice slice;          // empty for a whole tensor

  friend bool operator==(const SavedTensor&, const SavedTensor&) = default;
};

// All that one SaveV2 writes, in the order in which it writes it.
using SaveLayout = std::vector<SavedTensor>;

struct SliceSpec {
  std::vector<int64_t> dims;
  TensorSlice slice;
};
// Parses a text that is not empty. Errors: kSlice (not of this form), kShape.
Result<SliceSpec> ParseSliceSpec(std::string_view text);

}  // namespace cairn::tensorflow

#endif  // CAIRN_CODEC_TENSORFLOW_SAVED_TENSOR_H_
