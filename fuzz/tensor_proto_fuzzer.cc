// Any bytes as a TensorProto; the first two say of which dtype, and how many elements there are.
#include "cairn/codec/tensorflow/tensor_proto.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const cairn::Bytes message = std::as_bytes(std::span(data + 2, size - 2));
  const auto dtype = cairn::DTypeFromCode(data[0]);
  if (dtype == cairn::DType::kString) {
    (void)cairn::tensorflow::DecodeStringTensorProto(message, data[1]);
  } else if (dtype) {
    (void)cairn::tensorflow::DecodeTensorProto(message, *dtype, data[1]);
  }
  return 0;
}
