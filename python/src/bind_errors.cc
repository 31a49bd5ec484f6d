#include "python/src/errors.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string_view.h>

#include "python/src/names.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

// Returns the name of the class in cairn/errors.py that stands for a resource that ran out.
const char* ClassOfExhausted(Reason reason) {
  switch (reason) {
    case Reason::kNoMemory:
      return "OutOfMemoryError";
    case Reason::kNoSpace:
    case Reason::kTooBig:
      return "DiskFullError";
    default:
      return "LimitError";
  }
}

// Returns the name of the class in cairn/errors.py that stands for an error.
const char* ClassOf(const Status& error) {
  switch (error.code()) {
    case StatusCode::kCancelled:
      return "CancelledError";
    case StatusCode::kInvalidArgument:
      return "InvalidArgumentError";
    case StatusCode::kNotFound:
      return "MissingFileError";
    case StatusCode::kAlreadyExists:
      return "AlreadyExistsError";
    case StatusCode::kResourceExhausted:
      return ClassOfExhausted(error.reason());
    case StatusCode::kFailedPrecondition:
      return error.reason() == Reason::kReadOnly ? "ReadOnlyError" : "LockedError";
    case StatusCode::kUnimplemented:
      return "UnimplementedError";
    case StatusCode::kUnavailable:
      return "UnavailableError";
    case StatusCode::kDataLoss:
      return "DataLossError";
    case StatusCode::kOk:
    case StatusCode::kInternal:
      break;
  }
  return "InternalError";
}

nb::object NameOrNone(std::string_view text) {
  if (text.empty()) return nb::none();
  return NameOf(text);
}

[[noreturn]] void Raise(const char* class_name, const Status& error, std::string_view tensor) {
  const nb::object type = nb::module_::import_("cairn._core.errors").attr(class_name);
  const nb::object offset = nb::cast(error.offset());
  const nb::object exception =
      type(NameOf(error.message()), nb::arg("reason") = nb::cast(ReasonWord(error.reason())),
           nb::arg("path") = NameOrNone(error.path()), nb::arg("tensor") = NameOrNone(tensor),
           nb::arg("offset") = offset, nb::arg("hint") = NameOrNone(error.hint()));
  PyErr_SetObject(type.ptr(), exception.ptr());
  throw nb::python_error();
}

}  // namespace

void Throw(const Status& error) { Raise(ClassOf(error), error, error.tensor()); }

void ThrowMissingTensor(const Status& error, std::string_view name) {
  Raise("MissingTensorError", error, name);
}

}  // namespace cairn::python
