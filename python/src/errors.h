// Errors of the library as exceptions of Python. The only place of Cairn where an error is thrown:
// nanobind catches it at the border to Python.
#ifndef CAIRN_PYTHON_ERRORS_H_
#define CAIRN_PYTHON_ERRORS_H_

#include <string_view>
#include <utility>

#include "cairn/core/status.h"

namespace cairn::python {

// Raises the exception of an error: a class of cairn/errors.py. The caller holds the GIL.
[[noreturn]] void Throw(const Status& error);

// Raises MissingTensorError, which is also a KeyError. `error` has the reason kMissing.
[[noreturn]] void ThrowMissingTensor(const Status& error, std::string_view name);

// Raises the exception of `status` unless it is a success.
inline void Check(const Status& status) {
  if (!status.ok()) Throw(status);
}

// Returns the value of `result`, or raises the exception of its error.
template <typename T>
T Value(Result<T> result) {
  Check(result.status());
  return *std::move(result);
}

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_ERRORS_H_
