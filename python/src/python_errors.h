// Exceptions of Python that pass through functions of the library, which know errors alone.
#ifndef CAIRN_PYTHON_PYTHON_ERRORS_H_
#define CAIRN_PYTHON_PYTHON_ERRORS_H_

#include <exception>
#include <type_traits>
#include <utility>

#include "cairn/core/status.h"

namespace cairn::python {

// Keeps the first exception that code of Python raised while the library called it. The library
// gets an error instead, and whoever called the library raises the exception again.
class PythonErrors {
 public:
  // Calls `call`, which returns a Status or a Result, and returns what it returns. Errors: also
  // kEngine (it raised an exception, which is kept). The caller holds the GIL.
  template <typename Call>
  auto Catch(Call call) -> decltype(call()) {
    try {
      return call();
    } catch (...) {
      return Keep();
    }
  }

  // Raises the kept exception, if there is one and `status` is an error; otherwise the exception of
  // `status`, if that is an error. Nothing is kept afterwards. The caller holds the GIL.
  void Check(const Status& status);
  template <typename T>
  T Value(Result<T> result) {
    Check(result.status());
    return *std::move(result);
  }

 private:
  // Keeps the current exception, and returns its error.
  Status Keep();

  std::exception_ptr raised_;
};

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_PYTHON_ERRORS_H_
