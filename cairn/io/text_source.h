// A text in memory as a scalar string tensor.
#ifndef CAIRN_IO_TEXT_SOURCE_H_
#define CAIRN_IO_TEXT_SOURCE_H_

#include <memory>
#include <string>

#include "cairn/core/tensor_source.h"

namespace cairn {

std::shared_ptr<const TensorSource> MakeTextSource(std::string text);

}  // namespace cairn

#endif  // CAIRN_IO_TEXT_SOURCE_H_
