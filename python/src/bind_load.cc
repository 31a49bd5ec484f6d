// Loads all tensors of a checkpoint at once, into memory that the caller may write to.
#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string_view.h>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/core/bookkeeping.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/transfer/check_all.h"
#include "cairn/transfer/read_all.h"
#include "python/src/arrays.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/long_call.h"
#include "python/src/names.h"
#include "python/src/numpy_dtype.h"
#include "python/src/views.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

// Opens a path whose files nobody else sees the changes of.
std::shared_ptr<Tensors> OpenPrivately(nb::handle given, bool mmap) {
  const std::string path = BytesOfPath(given);
  const auto open = [&] {
    const nb::gil_scoped_release release;
    return OpenResolved(LocalFileSystem(), path,
                        {.access = mmap ? Access::kMapPrivate : Access::kRead});
  };
  Opened opened = Value(open());
  return std::make_shared<Tensors>(std::move(opened.dict), opened.path);
}

Result<TensorDict> OpenBytes(Bytes content) {
  MemoryFileSystem memory;
  CAIRN_RETURN_IF_ERROR(memory.Put("bytes", content));
  return Open(memory, "bytes", {.access = Access::kMapPrivate});
}

std::shared_ptr<Tensors> OpenContent(const nb::bytes& content) {
  const Bytes bytes(static_cast<const std::byte*>(content.data()), content.size());
  const auto open = [&] {
    const nb::gil_scoped_release release;
    return OpenBytes(bytes);
  };
  return std::make_shared<Tensors>(Value(open()), "bytes");
}

// What becomes of one tensor: its memory, unless it is of strings.
struct Loaded {
  std::string_view name;
  std::shared_ptr<const TensorSource> source;
  Memory memory = {};
  bool is_view = false;
};

bool HasStrings(const Loaded& loaded) { return ElementNbytes(loaded.source->dtype()) == 0; }

// Takes the mapped bytes of each tensor, unless copies are wanted, or makes memory for it.
std::vector<Loaded> PlanLoads(const Tensors& tensors, bool copies) {
  std::vector<Loaded> all;
  all.reserve(tensors.dict().size());
  for (size_t i = 0; i < tensors.dict().size(); ++i) {
    Loaded& loaded = all.emplace_back(tensors.dict().name(i), tensors.SourceOf(i));
    if (HasStrings(loaded)) continue;
    if (std::optional<Memory> view = copies ? std::nullopt : FindView(*loaded.source)) {
      loaded.memory = *std::move(view);
      loaded.memory.is_writable = true;
      loaded.is_view = true;
      continue;
    }
    Check(loaded.source->CheckCanBeHeld().InTensor(loaded.name));
    loaded.memory = Value(MakeMemory(loaded.source->nbytes()).InTensor(loaded.name));
  }
  return all;
}

// Compares the checksums of all tensors that are shown where they lie in the file.
Status CheckViews(std::span<const Loaded> all, const TransferOptions& options) {
  std::vector<std::shared_ptr<const TensorSource>> sources;
  std::vector<std::string_view> names;
  for (const Loaded& loaded : all) {
    if (!loaded.is_view || !loaded.source->extent()->checksum) continue;
    sources.push_back(loaded.source);
    names.push_back(loaded.name);
  }
  CAIRN_ASSIGN_OR_RETURN(const std::vector<Checked> checked, CheckAll(sources, options));
  for (size_t i = 0; i < checked.size(); ++i)
    CAIRN_RETURN_IF_ERROR(checked[i].error.InTensor(names[i]));
  return {};
}

Status ReadCopies(std::span<const Loaded> all, const TransferOptions& options) {
  std::vector<ReadJob> jobs;
  std::vector<std::string_view> names;
  for (const Loaded& loaded : all) {
    if (loaded.is_view || HasStrings(loaded)) continue;
    jobs.push_back({loaded.source, loaded.memory.bytes()});
    names.push_back(loaded.name);
  }
  return ReadAll(jobs, options, names);
}

std::vector<Loaded> LoadAll(const Tensors& tensors, bool copies, nb::handle progress) {
  std::vector<Loaded> all = PlanLoads(tensors, copies);
  uint64_t nbytes = 0;
  for (const Loaded& loaded : all) nbytes += loaded.source->nbytes();
  Check(RunWithoutGil(nbytes, progress, [&](const TransferOptions& options) {
    CAIRN_RETURN_IF_ERROR(CheckViews(all, options));
    return ReadCopies(all, options);
  }));
  return all;
}

nb::object StringsOf(const Loaded& loaded) {
  return MakeStringArray(loaded.source->shape().dims(),
                         Value(loaded.source->ReadStrings().InTensor(loaded.name)));
}

nb::dict LoadArrays(const Tensors& tensors, bool copies, nb::handle progress) {
  nb::dict arrays;
  for (Loaded& loaded : LoadAll(tensors, copies, progress)) {
    arrays[NameOf(loaded.name)] =
        HasStrings(loaded) ? StringsOf(loaded)
                           : MakeArray(loaded.source->dtype(), loaded.source->shape().dims(),
                                       std::move(loaded.memory));
  }
  return arrays;
}

// Returns (name, dtype, shape, memory) of each tensor. What TensorFlow keeps beside the tensors as
// strings is for TensorFlow alone.
nb::list LoadMemory(const Tensors& tensors, bool copies, nb::handle progress) {
  nb::list all;
  for (Loaded& loaded : LoadAll(tensors, copies, progress)) {
    if (HasStrings(loaded) && IsBookkeepingEntry(loaded.name)) continue;
    const nb::object value =
        HasStrings(loaded) ? StringsOf(loaded) : nb::cast(std::move(loaded.memory));
    all.append(nb::make_tuple(NameOf(loaded.name), Name(loaded.source->dtype()),
                              ShapeTuple(loaded.source->shape().dims()), value));
  }
  return all;
}

}  // namespace

void BindLoad(nb::module_& module) {
  module.def("open_privately", OpenPrivately, nb::arg("path"), nb::arg("mmap"),
             nb::sig("def open_privately(path: str | bytes | os.PathLike[str], mmap: bool) -> "
                     "Tensors"),
             "Opens a checkpoint whose arrays can be written to: nobody else sees that.");
  module.def("open_content", OpenContent, nb::arg("content"),
             "Opens a checkpoint of one file, of which these are the bytes.");
  module.def("load_arrays", LoadArrays, nb::arg("tensors"), nb::arg("copies") = false,
             nb::arg("progress").none() = nb::none(),
             nb::sig("def load_arrays(tensors: Tensors, copies: bool = False, progress: "
                     "collections.abc.Callable[[int, int], "
                     "object] | None = None) -> dict[str, numpy.typing.NDArray[typing.Any]]"),
             "Returns all tensors as arrays that can be written to, verified. Unless they are "
             "copies, the tensors must "
             "be opened privately.");
  module.def(
      "load_memory", LoadMemory, nb::arg("tensors"), nb::arg("copies") = false,
      nb::arg("progress").none() = nb::none(),
      nb::sig("def load_memory(tensors: Tensors, copies: bool = False, progress: "
              "collections.abc.Callable[[int, int], "
              "object] | None = None) -> list[tuple[str, str, tuple[int, ...], typing.Any]]"),
      "Returns the name, dtype, shape and memory of each tensor, verified; an array of `bytes` "
      "instead of memory if it is of strings. The tensors must be opened privately.");
}

}  // namespace cairn::python
