// Values in TensorProto messages: those of V1 checkpoints, and constants of graphs.
//
//   TensorProto: dtype = 1, tensor_shape = 2, tensor_content = 4 bytes, and one list by dtype,
//   packed
//                or not:
//     float_val = 5, double_val = 6     float32, float64
//     int_val = 7                       integers up to 32 bits and quantized ones, as int32
//     string_val = 8                    bytes
//     scomplex_val = 9, dcomplex_val = 12     real and imaginary parts in turn
//     int64_val = 10, bool_val = 11
//     half_val = 13                     the bits of float16 and bfloat16, as int32
//     uint32_val = 16, uint64_val = 17
//     float8_val = 18                   bytes, one an element
//
// tensor_content holds all elements as they lie in memory. A list may be shorter than the tensor:
// its last value then stands for the rest; without any, all are zero. Source:
// tensorflow/core/framework/tensor.proto.
#ifndef CAIRN_CODEC_TENSORFLOW_TENSOR_PROTO_H_
#define CAIRN_CODEC_TENSORFLOW_TENSOR_PROTO_H_

#include <memory>

#include "cairn/core/tensor_source.h"
#include "cairn/transfer/arena.h"
#include "cairn/transfer/transfer.h"

namespace cairn::tensorflow {

// A value in memory: a view of the message, or of memory of its own.
struct DecodedTensor {
  Bytes bytes;
  std::shared_ptr<Arena> memory;  // null where `bytes` are those of the message
};

// The value of a numeric tensor, row-major and little-endian. What the message itself says of dtype
// and shape is not asked. Errors: kProto; kSize (more values than elements, content of another
// size, or content beside a list); kBounds (a value that the dtype cannot hold); kLimit (a few
// values that stand for more than 64 MiB and 100 times the message); kDType (no fixed element
// size); kNoMemory.
Result<DecodedTensor> DecodeTensorProto(Bytes message, DType dtype, uint64_t num_elements);

// The elements of a string tensor. Errors: kProto, kSize, kLimit.
Result<StringTensor> DecodeStringTensorProto(Bytes message, uint64_t num_elements);

}  // namespace cairn::tensorflow

#endif  // CAIRN_CODEC_TENSORFLOW_TENSOR_PROTO_H_
