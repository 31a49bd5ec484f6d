// Strings in memory as a tensor.
#ifndef CAIRN_SOURCE_STRING_SOURCE_H_
#define CAIRN_SOURCE_STRING_SOURCE_H_

#include <memory>
#include <string_view>

#include "cairn/core/tensor_source.h"

namespace cairn {

// `strings` are the elements of a kString tensor, or the messages of a kVariant one, as many as
// `shape` has.
std::shared_ptr<const TensorSource> MakeStringSource(DType dtype, Shape shape,
                                                     StringTensor strings);

// One string, a scalar.
std::shared_ptr<const TensorSource> MakeTextSource(std::string_view text);

}  // namespace cairn

#endif  // CAIRN_SOURCE_STRING_SOURCE_H_
