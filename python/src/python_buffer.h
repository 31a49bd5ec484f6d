// Memory of Python's objects as values of tensors.
#ifndef CAIRN_PYTHON_PYTHON_BUFFER_H_
#define CAIRN_PYTHON_PYTHON_BUFFER_H_

#include <nanobind/nanobind.h>

#include <memory>
#include <span>

#include "cairn/core/tensor_source.h"

namespace cairn::python {

// Makes a tensor of the bytes of `object`, which has the buffer protocol and is contiguous. The
// tensor keeps the object alive and shows what it holds when it is read: nothing is copied. Raises
// TypeError or BufferError if it has no such bytes. Errors: kArgument (dtype and dims need another
// number of bytes).
Result<std::shared_ptr<const TensorSource>> SourceOfBuffer(nanobind::handle object, DType dtype,
                                                           std::span<const int64_t> dims);

// Makes a string tensor of a copy of the `bytes` objects of a list. Raises TypeError if one is
// something else. Errors: kArgument (dims have another number of elements).
Result<std::shared_ptr<const TensorSource>> SourceOfStrings(const nanobind::list& elements,
                                                            std::span<const int64_t> dims);

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_PYTHON_BUFFER_H_
