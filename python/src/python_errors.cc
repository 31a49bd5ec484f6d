#include "python/src/python_errors.h"

#include <nanobind/nanobind.h>

#include "python/src/errors.h"

namespace cairn::python {

namespace nb = nanobind;

Status PythonErrors::Keep() {
  std::string text = "Python raised an exception";
  try {
    throw;
  } catch (const nb::python_error& error) {
    text = std::string("Python raised ") + nb::type_name(error.type()).c_str() + ": " +
           nb::str(error.value()).c_str();
  } catch (const std::exception& error) {
    text = std::string("Python raised: ") + error.what();
  }
  if (!raised_) raised_ = std::current_exception();
  return Status(Reason::kEngine, std::move(text));
}

void PythonErrors::Check(const Status& status) {
  const std::exception_ptr raised = std::exchange(raised_, nullptr);
  if (status.ok()) return;
  if (raised) std::rethrow_exception(raised);
  Throw(status);
}

}  // namespace cairn::python
