#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/destination.h"
#include "cairn/core/escape.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/making/making_plan.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/long_call.h"
#include "python/src/names.h"
#include "python/src/python_buffer.h"
#include "python/src/recipe_arguments.h"
#include "python/src/save_arguments.h"
#include "python/src/tensors.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

// Makes a tensor of one value. `data` is a list of `bytes` for strings, the tensors of a checkpoint
// for a value that stays there (`text` is its name), otherwise an object with the buffer protocol.
Result<std::shared_ptr<const TensorSource>> SourceOfValue(const std::string& dtype_name,
                                                          const std::vector<int64_t>& dims,
                                                          nb::handle data) {
  if (nb::isinstance<nb::list>(data)) return SourceOfStrings(nb::borrow<nb::list>(data), dims);
  const std::optional<DType> dtype = DTypeFromName(dtype_name);
  if (!dtype) return Status(Reason::kArgument, "there is no dtype " + Quoted(dtype_name));
  return SourceOfBuffer(data, *dtype, dims);
}

// Adds the value (name, dtype, shape, data), or the tensor (name, tensors, key) of a checkpoint.
void AddItem(nb::handle item, TensorDict::Builder& builder) {
  const nb::tuple parts = nb::cast<nb::tuple>(item);
  std::string name = BytesOfName(parts[0]);
  if (parts.size() == 3) {
    const auto& tensors = nb::cast<const Tensors&>(parts[1]);
    builder.Add(std::move(name), tensors.SourceOf(tensors.PositionOf(parts[2])));
    return;
  }
  auto source = Value(SourceOfValue(nb::cast<std::string>(parts[1]),
                                    nb::cast<std::vector<int64_t>>(parts[2]), parts[3])
                          .InTensor(name));
  builder.Add(std::move(name), std::move(source));
}

std::shared_ptr<Tensors> TensorsOfValues(const nb::iterable& items,
                                         std::map<std::string, std::string> metadata) {
  TensorDict::Builder builder;
  for (const nb::handle item : items) AddItem(item, builder);
  builder.SetMetadata(std::move(metadata));
  return std::make_shared<Tensors>(Value(builder.Build()));
}

SaveReport Save(const Tensors& tensors, nb::handle given, const SaveArguments& arguments) {
  const std::string path = BytesOfPath(given);
  Check(CheckDestination(LocalFileSystem(), path));
  const Format* const format =
      arguments.format ? Value(FormatNamed(*arguments.format)) : &FormatOfNew(path);
  std::optional<SaveReport> report;
  SaveOptions options = arguments.Options();
  Check(RunWithoutGil(
      NbytesOf(tensors.dict()), arguments.progress, [&](const TransferOptions& transfer) -> Status {
        options.transfer = transfer;
        CAIRN_ASSIGN_OR_RETURN(report,
                               SaveAs(LocalFileSystem(), *format, path, tensors.dict(), options));
        return {};
      }));
  return *std::move(report);
}

// Returns the content of a checkpoint of one file. `name` tells the format.
nb::bytes SaveContent(const Tensors& tensors, const std::string& name) {
  std::vector<std::byte> content;
  Check(RunWithoutGil(
      NbytesOf(tensors.dict()), nb::none(), [&](const TransferOptions& transfer) -> Status {
        MemoryFileSystem memory(UINT64_MAX);
        CAIRN_RETURN_IF_ERROR(
            cairn::Save(memory, name, tensors.dict(), {.transfer = transfer}).status());
        CAIRN_ASSIGN_OR_RETURN(content, memory.Get(name));
        return {};
      }));
  return nb::bytes(content.data(), content.size());
}

}  // namespace

Result<const Format*> FormatNamed(const std::string& name) {
  std::string names;
  for (const Format& format : Formats()) {
    if (format.save_name.empty()) continue;
    if (format.save_name == name) return &format;
    names += (names.empty() ? "" : ", ") + std::string(format.save_name);
  }
  return Status(Reason::kArgument, Quoted(name) + " is not a format that is written")
      .WithHint("use one of " + names);
}

Sharing SharingNamed(const std::string& name) {
  if (name == "reflink") return Sharing::kReflink;
  if (name == "hard_link") return Sharing::kHardLink;
  Throw(Status(Reason::kArgument, Quoted(name) + " is not a way to share bytes")
            .WithHint("use reflink or hard_link"));
}

SaveOptions SaveArguments::Options() const {
  SaveOptions options;
  options.if_exists = overwrite ? IfExists::kReplace : IfExists::kFail;
  options.compress = compress;
  options.alignment = alignment;
  options.max_shard_nbytes = max_shard_nbytes;
  if (share) options.share = SharingNamed(*share);
  options.durability = durable ? Durability::kSynced : Durability::kNone;
  return options;
}

void BindSave(nb::module_& module) {
  nb::class_<SaveReport>(module, "SaveReport", "The checkpoint that was saved.")
      .def_ro("num_tensors", &SaveReport::num_tensors, "The number of tensors.")
      .def_ro("nbytes", &SaveReport::nbytes, "The size of all files.")
      .def_prop_ro(
          "files", [](const SaveReport& report) { return ListOfNames(report.files); },
          nb::sig("def files(self) -> list[str]"), "The paths of all files.")
      .def_prop_ro(
          "notes", [](const SaveReport& report) { return ListOfNames(report.notes); },
          nb::sig("def notes(self) -> list[str]"), "What is kept otherwise than as a tensor.");
  module.def("tensors_of_values", TensorsOfValues, nb::arg("items"), nb::arg("metadata"),
             nb::sig("def tensors_of_values(items: collections.abc.Iterable[tuple[typing.Any, ...]]"
                     ", metadata: dict[str, str]) -> Tensors"),
             "Makes tensors of values in memory, which are not copied.");
  module.def("save_content", SaveContent, nb::arg("tensors"), nb::arg("name"),
             "Returns the content of a new checkpoint of one file. Its name tells the format.");
  module.def(
      "save",
      [](const Tensors& tensors, nb::handle path, std::optional<std::string> format, bool overwrite,
         bool compress, uint64_t alignment, uint64_t max_shard_nbytes,
         std::optional<std::string> share, bool durable, nb::object progress) {
        return Save(tensors, path,
                    {std::move(format), overwrite, compress, alignment, max_shard_nbytes,
                     std::move(share), durable, std::move(progress)});
      },
      nb::arg("tensors"), nb::arg("path"), nb::arg("format").none(), nb::arg("overwrite"),
      nb::arg("compress"), nb::arg("alignment"), nb::arg("max_shard_nbytes"),
      nb::arg("share").none(), nb::arg("durable"), nb::arg("progress").none(),
      nb::sig("def save(tensors: Tensors, path: str | bytes | os.PathLike[str], format: str | None,"
              " overwrite: bool, compress: bool, alignment: int, max_shard_nbytes: int, share: str "
              "| None, durable: "
              "bool, progress: collections.abc.Callable[[int, int], object] | None) -> SaveReport"),
      "Saves tensors as a new checkpoint.");
}

}  // namespace cairn::python
