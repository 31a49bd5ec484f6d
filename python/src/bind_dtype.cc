#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <array>

#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/numpy_dtype.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

// Numpy's dtypes, each made when it is first asked for. They live as long as the process.
struct DTypeCache {
  nb::ft_mutex mutex;
  std::array<PyObject*, kDTypes.size()> numpy = {};
  bool has_warned = false;
};

DTypeCache& Cache() {
  static auto* const cache = new DTypeCache;
  return *cache;
}

nb::object MakeNumpyDType(nb::handle what) {
  return nb::module_::import_("numpy").attr("dtype")(what);
}

nb::object ImportOrNone(const char* module) {
  PyObject* const imported = PyImport_ImportModule(module);
  if (imported != nullptr) return nb::steal(imported);
  if (!PyErr_ExceptionMatches(PyExc_ImportError)) throw nb::python_error();
  PyErr_Clear();
  return nb::none();
}

void WarnOfBits(const DTypeInfo& info) {
  if (std::exchange(Cache().has_warned, true)) return;
  const std::string text =
      std::string(info.name) + " and other types that numpy does not have are read as the bits of" +
      " their elements, in unsigned integers: install ml_dtypes to read them as what they are";
  if (PyErr_WarnEx(PyExc_UserWarning, text.c_str(), 2) != 0) throw nb::python_error();
}

// Returns the dtype of ml_dtypes, or that of the bits.
nb::object MakeForeignDType(const DTypeInfo& info) {
  const nb::object ml_dtypes = ImportOrNone("ml_dtypes");
  const std::string name(info.name);
  if (!ml_dtypes.is_none() && nb::hasattr(ml_dtypes, name.c_str()))
    return MakeNumpyDType(ml_dtypes.attr(name.c_str()));
  WarnOfBits(info);
  return MakeNumpyDType(nb::str(info.nbytes == 2 ? "<u2" : "|u1"));
}

nb::object MakeDType(DType dtype) {
  const DTypeInfo& info = InfoOf(dtype);
  if (info.nbytes == 0) return MakeNumpyDType(nb::str("O"));
  if (!info.numpy.empty()) return MakeNumpyDType(nb::str(info.numpy.data(), info.numpy.size()));
  return MakeForeignDType(info);
}

// Returns the name that a dtype of numpy has in the table of dtypes: "float32" and "bfloat16" are
// the same in both. TensorFlow's quantized types are structures of one field with their name.
std::string TableName(nb::handle dtype) {
  const nb::object fields = dtype.attr("names");
  if (!fields.is_none() && nb::len(fields) == 1) return nb::cast<std::string>(nb::str(fields[0]));
  return nb::cast<std::string>(nb::str(dtype.attr("name")));
}

}  // namespace

nb::object NumpyDType(DType dtype) {
  DTypeCache& cache = Cache();
  const nb::ft_lock_guard lock(cache.mutex);
  PyObject*& known = cache.numpy[static_cast<size_t>(dtype)];
  if (known == nullptr) known = MakeDType(dtype).release().ptr();
  return nb::borrow(known);
}

DType DTypeOfNumpy(nb::handle dtype) {
  const std::string name = TableName(dtype);
  const std::optional<DType> found = DTypeFromName(name);
  if (found && ElementNbytes(*found) > 0) return *found;
  Throw(Status(Reason::kArgument, "no checkpoint holds elements of numpy's dtype " + name)
            .WithHint("convert the array with its astype()"));
}

void BindDType(nb::module_& module) {
  module.def(
      "numpy_dtype",
      [](std::string_view name) {
        const std::optional<DType> dtype = DTypeFromName(name);
        if (!dtype)
          Throw(Status(Reason::kArgument, "there is no dtype '" + std::string(name) + "'"));
        return NumpyDType(*dtype);
      },
      nb::arg("name"), nb::sig("def numpy_dtype(name: str) -> numpy.dtype[typing.Any]"),
      "Returns numpy's dtype of a dtype by the name that the program shows.");
  module.def(
      "dtype_name", [](nb::handle dtype) { return Name(DTypeOfNumpy(dtype)); }, nb::arg("dtype"),
      nb::sig("def dtype_name(dtype: numpy.dtype[typing.Any]) -> str"),
      "Returns the name that the program shows for a dtype of numpy or ml_dtypes.");
}

}  // namespace cairn::python
