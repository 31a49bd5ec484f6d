#include "python/src/shared_array.h"

#include <nanobind/ndarray.h>

namespace cairn::python {
namespace {

namespace nb = nanobind;

// A buffer of Python that is released when the last owner of its bytes goes.
class HeldBuffer {
 public:
  explicit HeldBuffer(const Py_buffer& buffer) : buffer_(buffer) {}
  HeldBuffer(const HeldBuffer&) = delete;
  HeldBuffer& operator=(const HeldBuffer&) = delete;
  ~HeldBuffer() {
    const nb::gil_scoped_acquire acquire;
    PyBuffer_Release(&buffer_);
  }

 private:
  Py_buffer buffer_;
};

Memory ShareBuffer(nb::handle object) {
  Py_buffer buffer;
  if (PyObject_GetBuffer(object.ptr(), &buffer, PyBUF_WRITABLE) != 0) throw nb::python_error();
  return {std::make_shared<HeldBuffer>(buffer), static_cast<std::byte*>(buffer.buf),
          static_cast<size_t>(buffer.len), true};
}

Memory ShareDlpack(nb::handle object) {
  using Contiguous = nb::ndarray<nb::c_contig, nb::device::cpu>;
  auto array = std::make_shared<Contiguous>(nb::cast<Contiguous>(object));
  auto* const data = static_cast<std::byte*>(array->data());
  const size_t size = array->nbytes();
  return {std::move(array), data, size, true};
}

}  // namespace

Memory ShareArray(nb::handle array) {
  return PyObject_CheckBuffer(array.ptr()) ? ShareBuffer(array) : ShareDlpack(array);
}

}  // namespace cairn::python
