// Several sources that are combined element by element.
#ifndef CAIRN_SOURCE_ALIKE_SOURCES_H_
#define CAIRN_SOURCE_ALIKE_SOURCES_H_

#include <memory>
#include <string>
#include <vector>

#include "cairn/core/tensor_source.h"

namespace cairn {

using TensorSources = std::vector<std::shared_ptr<const TensorSource>>;

// "float32[2,3]".
std::string DescribeSource(const TensorSource& source);

// Errors: kMismatch (a source has another shape than the first), kArgument (there is none).
Status CheckShapes(const TensorSources& sources);

// Errors: also kMismatch (elements that are no numbers, or not of the kind of the first source's).
Status CheckNumbers(const TensorSources& sources);

}  // namespace cairn

#endif  // CAIRN_SOURCE_ALIKE_SOURCES_H_
