#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include "cairn/checkpoint/checkpoint_info.h"
#include "python/src/arrays.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/names.h"
#include "python/src/opened_tensors.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

nb::object TextOrNone(std::string_view text) {
  if (text.empty()) return nb::none();
  return NameOf(text);
}

nb::object NumberOfSetting(const OptimizerSetting& setting) {
  Memory memory = Value(MakeMemory(setting.value.size()));
  std::ranges::copy(setting.value, memory.data);
  return MakeArray(setting.dtype, {}, std::move(memory))[nb::tuple()];
}

nb::object ShapeOrNone(const std::optional<std::vector<int64_t>>& dims) {
  if (!dims) return nb::none();
  nb::list list;
  for (const int64_t dim : *dims) list.append(dim);
  return nb::tuple(list);
}

// Returns {name: (dtype, shape)}; each is None where it is not known.
nb::dict SignatureTensors(const std::vector<SignatureTensorDescription>& tensors) {
  nb::dict dict;
  for (const SignatureTensorDescription& tensor : tensors) {
    const nb::object dtype = tensor.dtype ? nb::object(NameOf(Name(*tensor.dtype))) : nb::none();
    dict[NameOf(tensor.name)] = nb::make_tuple(dtype, ShapeOrNone(tensor.dims));
  }
  return dict;
}

nb::dict SignaturesOf(const GraphDescription& graph) {
  nb::dict signatures;
  for (const SignatureDescription& signature : graph.signatures)
    signatures[NameOf(signature.name)] =
        nb::make_tuple(SignatureTensors(signature.inputs), SignatureTensors(signature.outputs));
  return signatures;
}

nb::dict FilesOf(const Description& description) {
  nb::dict files;
  for (const FileDescription& file : description.files)
    files[NameOf(file.path)] = nb::cast(file.nbytes);
  return files;
}

// Returns the fields of CheckpointInfo in cairn/info.py.
nb::dict FieldsOf(const CheckpointInfo& info, const std::vector<std::string>& warnings) {
  nb::dict fields;
  fields["version"] = TextOrNone(info.description.version);
  fields["endianness"] = TextOrNone(info.description.endianness);
  fields["compression"] = TextOrNone(info.description.compression);
  fields["files"] = FilesOf(info.description);
  fields["num_tensors"] = info.num_tensors;
  fields["num_parameters"] = info.num_parameters;
  fields["num_training_parameters"] = info.num_training_parameters;
  fields["nbytes"] = info.nbytes;
  fields["training_nbytes"] = info.training_nbytes;
  nb::list unread;
  for (const std::string& name : info.unread) unread.append(NameOf(name));
  fields["unread"] = unread;
  nb::dict slots;
  for (const auto& [name, count] : info.slots) slots[NameOf(name)] = count;
  fields["slots"] = slots;
  nb::dict optimizer;
  for (const OptimizerSetting& setting : info.optimizer)
    optimizer[NameOf(setting.path)] = NumberOfSetting(setting);
  fields["optimizer"] = optimizer;
  fields["step"] = nb::cast(info.step);
  fields["save_counter"] = nb::cast(info.save_counter);
  fields["state_file"] = info.state_file ? TextOrNone(*info.state_file) : nb::none();
  fields["num_objects"] = nb::cast(info.num_objects);
  fields["lineage"] = info.lineage ? nb::object(NameOf(*info.lineage)) : nb::none();
  fields["tensorflow_version"] =
      info.graph ? TextOrNone(info.graph->tensorflow_version) : nb::none();
  fields["signatures"] = info.graph ? SignaturesOf(*info.graph) : nb::dict();
  nb::list lines;
  for (const std::string& warning : warnings) lines.append(NameOf(warning));
  fields["warnings"] = lines;
  return fields;
}

nb::dict InfoOfOpened(const OpenedTensors& value) {
  std::vector<std::string> warnings;
  const auto gather = [&] {
    const nb::gil_scoped_release release;
    return GatherInfo(LocalFileSystem(), value.opened, warnings);
  };
  return FieldsOf(Value(gather()), warnings);
}

nb::dict InfoOfTensors(const Tensors& tensors) {
  std::vector<std::string> warnings;
  const auto gather = [&] {
    const nb::gil_scoped_release release;
    return GatherInfo(tensors.dict(), warnings);
  };
  return FieldsOf(gather(), warnings);
}

}  // namespace

void BindInfo(nb::module_& module) {
  module.def("info_of_opened", InfoOfOpened, nb::arg("opened"),
             nb::sig("def info_of_opened(opened: Opened) -> dict[str, typing.Any]"),
             "Returns what the files and tensors of a checkpoint tell about it.");
  module.def("info_of_tensors", InfoOfTensors, nb::arg("tensors"),
             nb::sig("def info_of_tensors(tensors: Tensors) -> dict[str, typing.Any]"),
             "Returns what tensors tell about themselves.");
}

}  // namespace cairn::python
