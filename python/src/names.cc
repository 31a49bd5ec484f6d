#include "python/src/names.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

std::string BytesOf(const nb::bytes& bytes) { return {bytes.c_str(), bytes.size()}; }

std::string Encoded(nb::handle text) {
  // The usual name is well-formed, and Python has its UTF-8 at hand.
  Py_ssize_t size = 0;
  if (const char* const utf8 = PyUnicode_AsUTF8AndSize(text.ptr(), &size))
    return {utf8, static_cast<size_t>(size)};
  PyErr_Clear();
  PyObject* const encoded = PyUnicode_AsEncodedString(text.ptr(), "utf-8", "surrogateescape");
  if (encoded == nullptr) throw nb::python_error();
  return BytesOf(nb::steal<nb::bytes>(encoded));
}

}  // namespace

nb::str NameOf(std::string_view bytes) {
  PyObject* const text =
      PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "surrogateescape");
  if (text == nullptr) throw nb::python_error();
  return nb::steal<nb::str>(text);
}

std::string BytesOfName(nb::handle name) {
  if (nb::isinstance<nb::bytes>(name)) return BytesOf(nb::borrow<nb::bytes>(name));
  if (nb::isinstance<nb::str>(name)) return Encoded(name);
  const std::string type = nb::type_name(name.type()).c_str();
  throw nb::type_error(("the name of a tensor must be str or bytes, not " + type).c_str());
}

std::string BytesOfPath(nb::handle path) {
  PyObject* const plain = PyOS_FSPath(path.ptr());
  if (plain == nullptr) throw nb::python_error();
  return BytesOfName(nb::steal(plain));
}

}  // namespace cairn::python
