// The names of TensorFlow and tensorpack: cairn/compat.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include "cairn/compat/checkpoint_paths.h"
#include "cairn/compat/checkpoint_reader.h"
#include "cairn/compat/chkpt_vars.h"
#include "python/src/arrays.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/long_call.h"
#include "python/src/names.h"
#include "python/src/numpy_dtype.h"
#include "python/src/save_arguments.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

CheckpointReader OpenReader(nb::handle path) {
  const std::string given = BytesOfPath(path);
  const auto open = [&] {
    const nb::gil_scoped_release release;
    return CheckpointReader::Open(LocalFileSystem(), given);
  };
  return Value(open());
}

nb::object GetTensor(const CheckpointReader& reader, nb::handle name) {
  const std::string bytes = BytesOfName(name);
  const auto source = reader.GetSource(bytes);
  if (!source.ok() && !reader.HasTensor(bytes)) ThrowMissingTensor(source.status(), bytes);
  // A scalar is a number of numpy, or a `bytes` object.
  const nb::object array = ReadArray(Value(source), bytes, nb::none());
  return (*source)->shape().rank() == 0 ? nb::object(array[nb::tuple()]) : array;
}

nb::list ListOf(std::span<const int64_t> dims) {
  nb::list list;
  for (const int64_t dim : dims) list.append(dim);
  return list;
}

nb::dict ShapeMap(const CheckpointReader& reader) {
  nb::dict shapes;
  for (const auto& [name, dims] : reader.GetVariableToShapeMap())
    shapes[NameOf(name)] = ListOf(dims);
  return shapes;
}

nb::dict DTypeMap(const CheckpointReader& reader) {
  nb::dict dtypes;
  for (const auto& [name, dtype] : reader.GetVariableToDTypeMap())
    dtypes[NameOf(name)] = NumpyDType(dtype);
  return dtypes;
}

nb::tuple GetPath(nb::handle path) {
  const Located located = Value(GetCheckpointPath(LocalFileSystem(), BytesOfPath(path)));
  return nb::make_tuple(NameOf(located.path), NameOf(located.note));
}

nb::list GetAll(nb::handle directory, const std::string& prefix) {
  nb::list all;
  for (const StepCheckpoint& checkpoint :
       Value(GetAllCheckpoints(LocalFileSystem(), BytesOfPath(directory), prefix)))
    all.append(nb::make_tuple(NameOf(checkpoint.prefix), checkpoint.step));
  return all;
}

nb::object GetLatest(nb::handle directory, const std::string& state_file_name) {
  const auto latest =
      Value(GetLatestCheckpoint(LocalFileSystem(), BytesOfPath(directory), state_file_name));
  if (!latest) return nb::none();
  return NameOf(*latest);
}

// Returns a tensor in memory as an array that shows it, and can be written to.
nb::object ArrayInMemory(const TensorSource& source, std::string_view name) {
  if (ElementNbytes(source.dtype()) == 0)
    return MakeStringArray(source.shape().dims(), Value(source.ReadStrings().InTensor(name)));
  std::optional<Extent> extent = source.extent();
  Memory memory =
      ReadOnlyMemory(extent->file, extent->file->mapped().subspan(extent->offset, extent->nbytes));
  memory.is_writable = true;
  return MakeArray(source.dtype(), source.shape().dims(), std::move(memory));
}

nb::dict LoadVars(nb::handle given) {
  const std::string path = BytesOfPath(given);
  TensorDict dict;
  // How much there is to read is known when the file is open, so it is taken to be much.
  Check(RunWithoutGil(UINT64_MAX, nb::none(), [&](const TransferOptions& options) -> Status {
    CAIRN_ASSIGN_OR_RETURN(dict, LoadChkptVars(LocalFileSystem(), path, options));
    return {};
  }));
  nb::dict arrays;
  for (size_t i = 0; i < dict.size(); ++i)
    arrays[NameOf(dict.name(i))] = ArrayInMemory(*Value(dict.source(i)), dict.name(i));
  return arrays;
}

SaveReport SaveVars(const Tensors& tensors, nb::handle given, const SaveArguments& arguments) {
  const std::string path = BytesOfPath(given);
  SaveOptions options = arguments.Options();
  std::optional<SaveReport> report;
  Check(RunWithoutGil(UINT64_MAX, nb::none(), [&](const TransferOptions& transfer) -> Status {
    options.transfer = transfer;
    CAIRN_ASSIGN_OR_RETURN(report, SaveChkptVars(LocalFileSystem(), path, tensors.dict(), options));
    return {};
  }));
  return *std::move(report);
}

}  // namespace

void BindCompat(nb::module_& module) {
  nb::class_<CheckpointReader>(module, "CheckpointReader",
                               "TensorFlow's reader of checkpoints, for every format.")
      .def(
          "has_tensor",
          [](const CheckpointReader& reader, nb::handle name) {
            return reader.HasTensor(BytesOfName(name));
          },
          nb::arg("tensor_str"), nb::sig("def has_tensor(self, tensor_str: str | bytes) -> bool"),
          "Returns whether there is a tensor of this name.")
      .def("get_tensor", GetTensor, nb::arg("tensor_str"),
           nb::sig("def get_tensor(self, tensor_str: str | bytes) -> typing.Any"),
           "Returns a tensor as a new array; a scalar is a number of numpy, or `bytes`.")
      .def("get_variable_to_shape_map", ShapeMap,
           nb::sig("def get_variable_to_shape_map(self) -> dict[str, list[int]]"),
           "Returns the shape of each tensor.")
      .def("get_variable_to_dtype_map", DTypeMap,
           nb::sig("def get_variable_to_dtype_map(self) -> dict[str, numpy.dtype[typing.Any]]"),
           "Returns the dtype of numpy of each tensor.")
      .def(
          "debug_string",
          [](const CheckpointReader& reader) {
            const std::string text = reader.DebugString();
            return nb::bytes(text.data(), text.size());
          },
          "Returns a line for each tensor: its name, dtype and shape.");
  module.def("open_reader", OpenReader, nb::arg("path"),
             nb::sig("def open_reader(path: str | bytes | os.PathLike[str]) -> CheckpointReader"),
             "Opens a checkpoint of any format as TensorFlow's reader does.");
  module.def("get_checkpoint_path", GetPath, nb::arg("path"),
             nb::sig("def get_checkpoint_path(path: str | bytes | os.PathLike[str]) -> "
                     "tuple[str, str]"),
             "Returns the prefix that a path stands for, and a note that is empty if it is that.");
  module.def("get_all_checkpoints", GetAll, nb::arg("directory"), nb::arg("prefix"),
             nb::sig("def get_all_checkpoints(directory: str | bytes | os.PathLike[str], prefix: "
                     "str) -> list[tuple[str, int]]"),
             "Returns the prefix and step of each checkpoint of a directory, by step.");
  module.def("latest_checkpoint", GetLatest, nb::arg("directory"), nb::arg("state_file_name"),
             nb::sig("def latest_checkpoint(directory: str | bytes | os.PathLike[str], "
                     "state_file_name: str) -> str | None"),
             "Returns the prefix that a state file calls newest.");
  module.def("load_chkpt_vars", LoadVars, nb::arg("path"),
             nb::sig("def load_chkpt_vars(path: str | bytes | os.PathLike[str]) -> dict[str, "
                     "numpy.typing.NDArray[typing.Any]]"),
             "Returns all variables of a checkpoint.");
  module.def(
      "save_chkpt_vars",
      [](const Tensors& tensors, nb::handle path, bool overwrite) {
        return SaveVars(tensors, path, {.overwrite = overwrite});
      },
      nb::arg("tensors"), nb::arg("path"), nb::arg("overwrite"),
      nb::sig("def save_chkpt_vars(tensors: Tensors, path: str | bytes | os.PathLike[str], "
              "overwrite: bool) -> SaveReport"),
      "Saves variables under the names that tensorpack gives them.");
}

}  // namespace cairn::python
