#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "cairn/transform/slice_tensor.h"
#include "python/src/arrays.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/tensors.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

// Returns the part of a tensor that `slice` names ("0:10,:,3") as a new array. A tensor whose
// mapped bytes were verified is read in part without another check; of others, `verify` asks that
// all be read that a checksum of the part covers.
nb::object ReadPart(const Tensors& tensors, nb::handle name, const std::string& slice, bool verify,
                    nb::handle progress) {
  const size_t i = tensors.PositionOf(name);
  const std::string_view stored_name = tensors.dict().name(i);
  std::shared_ptr<const TensorSource> whole = tensors.SourceOf(i);
  if (verify && !tensors.is_verified(i)) {
    const auto part = Value(SliceTensorChecked(std::move(whole), slice).InTensor(stored_name));
    return ReadArray(part, stored_name, progress);
  }
  const SlicedTensor part = Value(SliceTensor(std::move(whole), slice).InTensor(stored_name));
  return ReadArray(part.source, stored_name, progress);
}

}  // namespace

void BindLazy(nb::module_& module) {
  module.def(
      "read_part", ReadPart, nb::arg("tensors"), nb::arg("name"), nb::arg("slice"),
      nb::arg("verify"), nb::arg("progress").none() = nb::none(),
      nb::sig("def read_part(tensors: Tensors, name: str | bytes, slice: str, verify: bool, "
              "progress: collections.abc.Callable[[int, int], object] | None = None) -> "
              "numpy.typing.NDArray[typing.Any]"),
      "Reads the part of a tensor that a slice names, such as \"0:10,:,3\", into a new array.");
}

}  // namespace cairn::python
