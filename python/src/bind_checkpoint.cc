#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/unique_ptr.h>

#include <algorithm>
#include <tuple>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/core/escape.h"
#include "python/src/arrays.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/names.h"
#include "python/src/numpy_dtype.h"
#include "python/src/opened_tensors.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

std::unique_ptr<OpenedTensors> OpenPath(nb::handle given, bool mmap) {
  const std::string path = BytesOfPath(given);
  auto value = std::make_unique<OpenedTensors>();
  const auto open = [&] {
    const nb::gil_scoped_release release;
    return OpenResolved(
        LocalFileSystem(), path,
        {.access = mmap ? Access::kMap : Access::kRead, .warnings = &value->warnings});
  };
  value->opened = Value(open());
  value->tensors = std::make_shared<Tensors>(value->opened.dict, value->opened.path);
  return value;
}

nb::list LinesOf(const std::vector<Status>& warnings) {
  nb::list lines;
  for (const Status& warning : warnings) lines.append(NameOf(warning.ToString()));
  return lines;
}

nb::list NamesOf(const Tensors& tensors) {
  nb::list names;
  for (size_t i = 0; i < tensors.dict().size(); ++i) names.append(NameOf(tensors.dict().name(i)));
  return names;
}

bool HasName(const Tensors& tensors, nb::handle name) {
  const bool can_be_a_name = nb::isinstance<nb::str>(name) || nb::isinstance<nb::bytes>(name);
  return can_be_a_name && tensors.dict().Find(BytesOfName(name)).has_value();
}

// Returns what is known of a tensor. Raises why it cannot be read, if so.
TensorInfo InfoOfReadable(const Tensors& tensors, nb::handle name) {
  const size_t i = tensors.PositionOf(name);
  const TensorInfo info = tensors.dict().info(i);
  if (!info.is_readable()) Check(tensors.dict().source(i).status().InTensor(info.name));
  return info;
}

nb::tuple TupleOf(std::span<const int64_t> dims) {
  nb::list list;
  for (const int64_t dim : dims) list.append(dim);
  return nb::tuple(list);
}

// Returns a line of a listing: (name, dtype, shape, nbytes).
nb::tuple Row(const TensorInfo& info) {
  const std::string_view type =
      info.stored_as.empty() || info.is_readable() ? Name(info.dtype) : info.stored_as;
  return nb::make_tuple(NameOf(info.name), NameOf(type), TupleOf(info.dims), info.nbytes);
}

nb::list RowsOf(const Tensors& tensors, size_t limit) {
  nb::list rows;
  const size_t num_rows = std::min(limit, tensors.dict().size());
  for (size_t i = 0; i < num_rows; ++i) rows.append(Row(tensors.dict().info(i)));
  return rows;
}

uint64_t TotalNbytes(const Tensors& tensors) {
  uint64_t nbytes = 0;
  for (const TensorInfo& info : tensors.dict()) nbytes += info.nbytes;
  return nbytes;
}

nb::dict MetadataOf(const Tensors& tensors) {
  nb::dict texts;
  for (const auto& [key, text] : tensors.dict().metadata()) texts[NameOf(key)] = NameOf(text);
  return texts;
}

// Returns the dtype of a tensor by its name in safetensors; where that has none, by ours.
std::string_view SafetensorsDType(const Tensors& tensors, nb::handle name) {
  const DTypeInfo& info = InfoOf(InfoOfReadable(tensors, name).dtype);
  return info.safetensors.empty() ? info.name : info.safetensors;
}

// Returns all names in the order in which the values lie in the files; those whose value has to be
// computed come last.
nb::list NamesByOffset(const Tensors& tensors) {
  using Place = std::tuple<bool, std::string, uint64_t>;
  std::vector<std::pair<Place, size_t>> places;
  for (size_t i = 0; i < tensors.dict().size(); ++i) {
    const auto source = tensors.dict().source(i);
    const auto extent = source.ok() ? (*source)->extent() : std::nullopt;
    Place place(true, "", 0);
    if (extent) place = {false, extent->file->path(), extent->offset};
    places.emplace_back(std::move(place), i);
  }
  std::ranges::sort(places);
  nb::list names;
  for (const auto& [place, i] : places) names.append(NameOf(tensors.dict().name(i)));
  return names;
}

void BindTensors(nb::module_& module) {
  nb::class_<Tensors>(module, "Tensors", "The tensors of a checkpoint, by name.")
      .def("__len__", [](const Tensors& tensors) { return tensors.dict().size(); })
      .def("__contains__", HasName, nb::arg("name"),
           nb::sig("def __contains__(self, name: object) -> bool"))
      .def("names", NamesOf, nb::sig("def names(self) -> list[str]"),
           "Returns all names, in the order of their bytes.")
      .def(
          "dtype",
          [](const Tensors& tensors, nb::handle name) {
            return NumpyDType(InfoOfReadable(tensors, name).dtype);
          },
          nb::arg("name"), nb::sig("def dtype(self, name: str | bytes) -> numpy.dtype[typing.Any]"),
          "Returns the dtype that the array of a tensor has.")
      .def(
          "dtype_name",
          [](const Tensors& tensors, nb::handle name) {
            return Name(InfoOfReadable(tensors, name).dtype);
          },
          nb::arg("name"), nb::sig("def dtype_name(self, name: str | bytes) -> str"),
          "Returns the dtype of a tensor by the name that the program shows.")
      .def("safetensors_dtype", SafetensorsDType, nb::arg("name"),
           nb::sig("def safetensors_dtype(self, name: str | bytes) -> str"),
           "Returns the dtype of a tensor by the name that it has in safetensors, such as F32.")
      .def("names_by_offset", NamesByOffset, nb::sig("def names_by_offset(self) -> list[str]"),
           "Returns all names, in the order in which the values lie in the files.")
      .def(
          "shape",
          [](const Tensors& tensors, nb::handle name) {
            return TupleOf(tensors.dict().info(tensors.PositionOf(name)).dims);
          },
          nb::arg("name"), nb::sig("def shape(self, name: str | bytes) -> tuple[int, ...]"),
          "Returns the shape of a tensor.")
      .def(
          "nbytes",
          [](const Tensors& tensors, nb::handle name) {
            return tensors.dict().info(tensors.PositionOf(name)).nbytes;
          },
          nb::arg("name"), nb::sig("def nbytes(self, name: str | bytes) -> int"),
          "Returns the size of the stored value of a tensor.")
      .def("rows", RowsOf, nb::arg("limit") = SIZE_MAX,
           nb::sig(
               "def rows(self, limit: int = ...) -> list[tuple[str, str, tuple[int, ...], int]]"),
           "Returns the name, dtype, shape and size in bytes of the first tensors.")
      .def("metadata", MetadataOf, nb::sig("def metadata(self) -> dict[str, str]"),
           "Returns the texts that the format keeps beside the tensors.")
      .def("total_nbytes", TotalNbytes, "Returns the size of all stored values.")
      .def(
          "read",
          [](const Tensors& tensors, nb::handle name, nb::handle progress) {
            return ViewOrReadArray(tensors, tensors.PositionOf(name), progress);
          },
          nb::arg("name"), nb::arg("progress").none() = nb::none(),
          nb::sig("def read(self, name: str | bytes, progress: collections.abc.Callable[[int, int],"
                  " object] | None = None) -> numpy.typing.NDArray[typing.Any]"),
          "Returns a tensor: a read-only view of the mapped file where that is possible, otherwise "
          "a new array.")
      .def(
          "read_copy",
          [](const Tensors& tensors, nb::handle name) {
            const size_t i = tensors.PositionOf(name);
            return ReadArray(tensors.SourceOf(i), tensors.dict().name(i), nb::none());
          },
          nb::arg("name"),
          nb::sig("def read_copy(self, name: str | bytes) -> numpy.typing.NDArray[typing.Any]"),
          "Returns a tensor as a new array.")
      .def(
          "read_many",
          [](const Tensors& tensors, const nb::iterable& names, nb::handle progress) {
            std::vector<size_t> positions;
            for (const nb::handle name : names) positions.push_back(tensors.PositionOf(name));
            return ViewOrReadArrays(tensors, positions, progress);
          },
          nb::arg("names"), nb::arg("progress").none() = nb::none(),
          nb::sig("def read_many(self, names: collections.abc.Iterable[str | bytes], progress: "
                  "collections.abc.Callable[[int, int], object] | None = None) -> dict[str, "
                  "numpy.typing.NDArray[typing.Any]]"),
          "Returns several tensors, which are read and verified together on all threads.");
}

}  // namespace

void BindCheckpoint(nb::module_& module) {
  BindTensors(module);
  nb::class_<OpenedTensors>(module, "Opened", "A checkpoint, and what its path was taken for.")
      .def_ro("tensors", &OpenedTensors::tensors)
      .def_prop_ro(
          "path", [](const OpenedTensors& value) { return NameOf(value.opened.path); },
          "The path of the checkpoint, as its format takes it.")
      .def_prop_ro(
          "format", [](const OpenedTensors& value) { return value.opened.format->name; },
          "The name of the format.")
      .def_prop_ro(
          "note", [](const OpenedTensors& value) { return NameOf(value.opened.note); },
          "What the given path was taken for; empty if it is that of the checkpoint.")
      .def_prop_ro(
          "warnings", [](const OpenedTensors& value) { return LinesOf(value.warnings); },
          nb::sig("def warnings(self) -> list[str]"), "Damage that concerns no tensor.");
  module.def(
      "escape", [](nb::handle name) { return NameOf(Escape(BytesOfName(name))); }, nb::arg("name"),
      nb::sig("def escape(name: str | bytes) -> str"),
      "Returns a name as messages show it: without bytes that are not UTF-8.");
  module.def("open", OpenPath, nb::arg("path"), nb::arg("mmap") = true,
             nb::sig("def open(path: str | bytes | os.PathLike[str], mmap: bool = True) -> Opened"),
             "Opens the checkpoint that a path names. Only metadata is read.");
}

}  // namespace cairn::python
