// Arrays of other frameworks that have DLPack: torch, JAX, …
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include "cairn/core/dtype.h"
#include "python/src/bindings.h"
#include "python/src/memory.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

using ContiguousArray = nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu>;

// Returns the name of the dtype that has the elements of an array, or nothing.
std::optional<std::string> NameOfElements(nb::dlpack::dtype dtype) {
  if (dtype.lanes != 1) return std::nullopt;
  const std::string bits = std::to_string(dtype.bits);
  switch (static_cast<nb::dlpack::dtype_code>(dtype.code)) {
    case nb::dlpack::dtype_code::Int:
      return "int" + bits;
    case nb::dlpack::dtype_code::UInt:
      return "uint" + bits;
    case nb::dlpack::dtype_code::Float:
      return "float" + bits;
    case nb::dlpack::dtype_code::Complex:
      return "complex" + bits;
    case nb::dlpack::dtype_code::Bfloat:
      return "bfloat" + bits;
    case nb::dlpack::dtype_code::Bool:
      return "bool";
    case nb::dlpack::dtype_code::Float8_E4M3B11FNUZ:
      return "float8_e4m3b11fnuz";
    case nb::dlpack::dtype_code::Float8_E4M3FN:
      return "float8_e4m3fn";
    case nb::dlpack::dtype_code::Float8_E4M3FNUZ:
      return "float8_e4m3fnuz";
    case nb::dlpack::dtype_code::Float8_E5M2:
      return "float8_e5m2";
    case nb::dlpack::dtype_code::Float8_E5M2FNUZ:
      return "float8_e5m2fnuz";
    case nb::dlpack::dtype_code::Float8_E8M0FNU:
      return "float8_e8m0fnu";
    default:
      return std::nullopt;
  }
}

// Whether each element takes as many bytes as the library's elements of this name do.
bool IsStoredAlike(const std::string& name, uint8_t bits) {
  const std::optional<DType> dtype = DTypeFromName(name);
  return dtype && ElementNbytes(*dtype) * 8 == bits;
}

// Returns (dtype, shape, memory) of an array, which the memory keeps alive, or None if it has
// elements that no checkpoint holds.
nb::object DescribeArray(ContiguousArray array) {
  const std::optional<std::string> name = NameOfElements(array.dtype());
  if (!name || !IsStoredAlike(*name, array.dtype().bits)) return nb::none();
  nb::list shape;
  for (size_t i = 0; i < array.ndim(); ++i) shape.append(array.shape(i));
  const Bytes bytes(static_cast<const std::byte*>(array.data()), array.nbytes());
  auto owner = std::make_shared<ContiguousArray>(std::move(array));
  return nb::make_tuple(nb::str(name->c_str()), nb::tuple(shape),
                        ReadOnlyMemory(std::move(owner), bytes));
}

}  // namespace

void BindDlpack(nb::module_& module) {
  module.def("describe_dlpack", DescribeArray, nb::arg("array"),
             nb::sig("def describe_dlpack(array: object) -> tuple[str, tuple[int, ...], Memory] | "
                     "None"),
             "Returns the dtype, shape and memory of an array in main memory that has DLPack.");
}

}  // namespace cairn::python
