// A slice of a variable, as TensorFlow names it.
//
//   TensorSliceProto: extent = 1 repeated {start = 1 int64, length = 2 int64; no length = the whole
//                     dimension}
//
// Source: tensorflow/core/framework/tensor_slice.proto.
#ifndef CAIRN_CODEC_TENSORFLOW_TENSOR_SLICE_H_
#define CAIRN_CODEC_TENSORFLOW_TENSOR_SLICE_H_

#include "cairn/core/box.h"
#include "cairn/core/bytes.h"

namespace cairn::tensorflow {

// In place of a length: all of a dimension, however long it is. The key of a slice tells it from a
// range that happens to be all.
inline constexpr int64_t kWholeDimension = -1;

// One range a dimension; of a whole one, {0, kWholeDimension}.
using TensorSlice = std::vector<Range>;

// Errors: kProto; kSlice (a negative start, a length below 1, more than kMaxRank dimensions).
Result<TensorSlice> ParseTensorSlice(Bytes message);
// Returns the message as TensorFlow serialises it.
std::string EncodeTensorSlice(const TensorSlice& slice);

// Where it lies in a tensor of these dimensions. Errors: those of CheckBox.
Result<Box> ResolveSlice(const TensorSlice& slice, std::span<const int64_t> dims);

}  // namespace cairn::tensorflow

#endif  // CAIRN_CODEC_TENSORFLOW_TENSOR_SLICE_H_
