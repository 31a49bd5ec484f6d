// VariantTensorDataProto: type_name = 1 string, metadata = 2 bytes, tensors = 3 repeated
// TensorProto. Source: tensorflow/core/framework/tensor.proto.
#ifndef CAIRN_CODEC_TENSORFLOW_VARIANT_TYPE_H_
#define CAIRN_CODEC_TENSORFLOW_VARIANT_TYPE_H_

#include <string_view>

#include "cairn/core/bytes.h"
#include "cairn/core/status.h"

namespace cairn::tensorflow {

// The C++ type that a variant holds ("tensorflow::TensorList"), a view of the message; what it
// means only the program knows that wrote it. Errors: kProto.
Result<std::string_view> VariantTypeName(Bytes message);

}  // namespace cairn::tensorflow

#endif  // CAIRN_CODEC_TENSORFLOW_VARIANT_TYPE_H_
