// A tensor with the same elements in the same order, and another shape.
#ifndef CAIRN_SOURCE_RESHAPED_SOURCE_H_
#define CAIRN_SOURCE_RESHAPED_SOURCE_H_

#include <memory>

#include "cairn/core/tensor_source.h"

namespace cairn {

// Errors: kArgument (`shape` has another number of elements).
Result<std::shared_ptr<const TensorSource>> Reshape(std::shared_ptr<const TensorSource> whole,
                                                    Shape shape);

}  // namespace cairn

#endif  // CAIRN_SOURCE_RESHAPED_SOURCE_H_
