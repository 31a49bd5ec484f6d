#include "python/src/arrays.h"

#include <atomic>

#include "cairn/transfer/check_all.h"
#include "cairn/transfer/read_all.h"
#include "python/src/errors.h"
#include "python/src/long_call.h"
#include "python/src/numpy_dtype.h"
#include "python/src/views.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

// Returns numpy.ndarray, which lives as long as the process. A static variable that is initialised
// here would be locked while the lookup lets other threads run.
nb::handle NumpyType() {
  static std::atomic<PyObject*> known = nullptr;
  if (PyObject* const type = known.load(std::memory_order_acquire)) return type;
  PyObject* const type = nb::object(nb::module_::import_("numpy").attr("ndarray")).release().ptr();
  known.store(type, std::memory_order_release);
  return type;
}

void VerifyOnce(const Tensors& tensors, size_t i, const std::shared_ptr<const TensorSource>& source,
                nb::handle progress) {
  if (!NeedsCheck(tensors, i, *source)) return;
  Check(RunWithoutGil(source->nbytes(), progress, [&](const TransferOptions& options) -> Status {
          CAIRN_ASSIGN_OR_RETURN(const auto checked, CheckAll({&source, 1}, options));
          return checked.front().error;
        }).InTensor(tensors.dict().name(i)));
  tensors.set_verified(i);
}

nb::object ReadStringArray(const TensorSource& source, std::string_view name) {
  Result<StringTensor> strings = [&] {
    const nb::gil_scoped_release release;
    return source.ReadStrings();
  }();
  return MakeStringArray(source.shape().dims(), Value(std::move(strings).InTensor(name)));
}

}  // namespace

nb::tuple ShapeTuple(std::span<const int64_t> dims) {
  PyObject* const tuple = PyTuple_New(static_cast<Py_ssize_t>(dims.size()));
  if (tuple == nullptr) throw nb::python_error();
  for (size_t i = 0; i < dims.size(); ++i)
    PyTuple_SetItem(tuple, static_cast<Py_ssize_t>(i), PyLong_FromLongLong(dims[i]));
  return nb::steal<nb::tuple>(tuple);
}

nb::object MakeArray(DType dtype, std::span<const int64_t> dims, Memory memory) {
  return NumpyType()(ShapeTuple(dims), NumpyDType(dtype), std::move(memory));
}

nb::object MakeStringArray(std::span<const int64_t> dims, const StringTensor& strings) {
  const nb::object array = NumpyType()(ShapeTuple(dims), NumpyDType(DType::kString));
  const nb::object flat = array.attr("reshape")(-1);
  for (size_t i = 0; i < strings.size(); ++i)
    flat[i] = nb::bytes(strings[i].data(), strings[i].size());
  return array;
}

nb::object ReadArray(const std::shared_ptr<const TensorSource>& source, std::string_view name,
                     nb::handle progress) {
  if (ElementNbytes(source->dtype()) == 0) return ReadStringArray(*source, name);
  Check(source->CheckCanBeHeld().InTensor(name));
  Memory memory = Value(MakeMemory(source->nbytes()).InTensor(name));
  const ReadJob job{source, memory.bytes()};
  Check(RunWithoutGil(source->nbytes(), progress, [&](const TransferOptions& options) {
    return ReadAll({&job, 1}, options, {&name, 1});
  }));
  return MakeArray(source->dtype(), source->shape().dims(), std::move(memory));
}

nb::object ViewOrReadArray(const Tensors& tensors, size_t i, nb::handle progress) {
  const std::shared_ptr<const TensorSource> source = tensors.SourceOf(i);
  std::optional<Memory> view = FindView(*source);
  if (!view) return ReadArray(source, tensors.dict().name(i), progress);
  VerifyOnce(tensors, i, source, progress);
  return MakeArray(source->dtype(), source->shape().dims(), *std::move(view));
}

}  // namespace cairn::python
