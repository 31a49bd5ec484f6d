// Which tensors numpy can show where they lie in a mapped file.
#ifndef CAIRN_PYTHON_VIEWS_H_
#define CAIRN_PYTHON_VIEWS_H_

#include <optional>

#include "cairn/core/tensor_source.h"
#include "python/src/memory.h"
#include "python/src/tensors.h"

namespace cairn::python {

// Returns the bytes of a value in its mapped file, if they are the value as it is and are aligned
// for its elements.
std::optional<Memory> FindView(const TensorSource& source);

// Whether the checksum of tensor `i`, of which there is a view, is still to be compared.
bool NeedsCheck(const Tensors& tensors, size_t i, const TensorSource& source);

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_VIEWS_H_
