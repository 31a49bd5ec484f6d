// A tensor of TensorFlow as a tensor source.
#ifndef CAIRN_ENGINES_TENSORFLOW_RUNTIME_SOURCE_H_
#define CAIRN_ENGINES_TENSORFLOW_RUNTIME_SOURCE_H_

#include <memory>
#include <string_view>

#include "cairn/core/tensor_source.h"
#include "cairn/engines/tensorflow/runtime.h"

namespace cairn::tensorflow {

// Numbers stay where they are: the source keeps the tensor. Strings are copied. Messages show
// `name`. Errors: kEngine (TensorFlow made a tensor that cannot be).
Result<std::shared_ptr<const TensorSource>> SourceOfTensor(std::string_view name,
                                                           std::shared_ptr<RuntimeTensor> tensor);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_RUNTIME_SOURCE_H_
