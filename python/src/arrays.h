// Arrays of numpy from tensors.
#ifndef CAIRN_PYTHON_ARRAYS_H_
#define CAIRN_PYTHON_ARRAYS_H_

#include <nanobind/nanobind.h>

#include "cairn/core/tensor_source.h"
#include "python/src/memory.h"
#include "python/src/tensors.h"

namespace cairn::python {

// Returns dims as Python's shape.
nanobind::tuple ShapeTuple(std::span<const int64_t> dims);

// Returns an array that shows `memory`, which has as many bytes as dtype and dims need.
nanobind::object MakeArray(DType dtype, std::span<const int64_t> dims, Memory memory);

// Returns an array of `bytes` objects, as many as `dims` have elements.
nanobind::object MakeStringArray(std::span<const int64_t> dims, const StringTensor& strings);

// Reads a whole value into a new array that can be written to, and verifies it. Errors show `name`.
// `progress` as for RunWithoutGil.
nanobind::object ReadArray(const std::shared_ptr<const TensorSource>& source, std::string_view name,
                           nanobind::handle progress);

// Returns tensor `i`: a read-only view of the mapped file where the stored bytes are the value and
// are aligned for numpy, otherwise a new array. Its checksum is compared: that of a view when it is
// made for the first time, that of a copy each time.
nanobind::object ViewOrReadArray(const Tensors& tensors, size_t i, nanobind::handle progress);

// Returns a dict of the tensors at `positions`, each as ViewOrReadArray returns it. All are read
// and verified together, on all threads.
nanobind::dict ViewOrReadArrays(const Tensors& tensors, std::span<const size_t> positions,
                                nanobind::handle progress);

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_ARRAYS_H_
