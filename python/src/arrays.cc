#include "python/src/arrays.h"

#include "cairn/transfer/check_all.h"
#include "cairn/transfer/read_all.h"
#include "python/src/errors.h"
#include "python/src/long_call.h"
#include "python/src/numpy_dtype.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

// Returns an attribute of numpy. It is looked up once and lives as long as the process.
nb::handle NumpyType() {
  static const nb::handle type =
      nb::object(nb::module_::import_("numpy").attr("ndarray")).release();
  return type;
}

void VerifyOnce(const Tensors& tensors, size_t i, const std::shared_ptr<const TensorSource>& source,
                nb::handle progress) {
  if (tensors.is_verified(i) || !source->extent()->checksum) return;
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

std::optional<Memory> FindView(const TensorSource& source) {
  std::optional<Extent> extent = source.extent();
  if (!extent || extent->nbytes == 0) return std::nullopt;
  const Bytes mapped = extent->file->mapped();
  if (mapped.size() < extent->nbytes || extent->offset > mapped.size() - extent->nbytes)
    return std::nullopt;
  const Bytes bytes = mapped.subspan(extent->offset, extent->nbytes);
  const size_t alignment = InfoOf(source.dtype()).swap_nbytes;
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignment != 0) return std::nullopt;
  return ReadOnlyMemory(std::move(extent->file), bytes);
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
