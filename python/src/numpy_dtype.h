// The dtypes of numpy and ml_dtypes that stand for those of the library, and back.
#ifndef CAIRN_PYTHON_NUMPY_DTYPE_H_
#define CAIRN_PYTHON_NUMPY_DTYPE_H_

#include <nanobind/nanobind.h>

#include "cairn/core/dtype.h"

namespace cairn::python {

// Returns numpy's dtype of a dtype that has elements of a fixed size, or `object` for the others,
// whose elements are `bytes`. Types that numpy does not have, such as bfloat16, are those of
// ml_dtypes. Where that is not installed they are unsigned integers of the same size, and the first
// one is a warning.
nanobind::object NumpyDType(DType dtype);

// Returns the dtype that has the elements of a numpy dtype, in any byte order. Raises
// InvalidArgumentError if there is none.
DType DTypeOfNumpy(nanobind::handle dtype);

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_NUMPY_DTYPE_H_
