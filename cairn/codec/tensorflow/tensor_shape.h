// TensorShapeProto: dim = 2 repeated {size = 1 int64, name = 2}, unknown_rank = 3 bool. A dimension
// of size 0 is an empty message.
#ifndef CAIRN_CODEC_TENSORFLOW_TENSOR_SHAPE_H_
#define CAIRN_CODEC_TENSORFLOW_TENSOR_SHAPE_H_

#include <span>
#include <string>
#include <vector>

#include "cairn/core/bytes.h"
#include "cairn/core/status.h"

namespace cairn::tensorflow {

// Appends the dimensions to `dims`, as they are. Errors: kProto, kShape (unknown rank, more than
// kMaxRank dimensions).
Status ParseTensorShape(Bytes message, std::vector<int64_t>& dims);

// The message as TensorFlow serialises it.
std::string EncodeTensorShape(std::span<const int64_t> dims);

}  // namespace cairn::tensorflow

#endif  // CAIRN_CODEC_TENSORFLOW_TENSOR_SHAPE_H_
