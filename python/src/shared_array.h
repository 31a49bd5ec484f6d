// Memory of arrays of Python that is read and written in place.
#ifndef CAIRN_PYTHON_SHARED_ARRAY_H_
#define CAIRN_PYTHON_SHARED_ARRAY_H_

#include <nanobind/nanobind.h>

#include "python/src/memory.h"

namespace cairn::python {

// Returns the bytes of an array, which the result keeps alive: an array of numpy or another object
// with the buffer protocol that can be written to, otherwise an array in main memory that has
// DLPack. It must be contiguous. Raises TypeError or BufferError if it has no such bytes.
Memory ShareArray(nanobind::handle array);

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_SHARED_ARRAY_H_
