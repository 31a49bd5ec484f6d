#include "python/src/python_assignment.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/core/shape.h"
#include "python/src/arrays.h"
#include "python/src/names.h"

namespace cairn::python {

namespace nb = nanobind;

PythonAssignment::~PythonAssignment() {
  const nb::gil_scoped_acquire acquire;
  values_.clear();
  adapter_.reset();
}

void PythonAssignment::AddInPlace(Memory memory) {
  values_.push_back({.is_in_place = true, .memory = std::move(memory)});
}

Status PythonAssignment::Add(const Variable& variable, std::vector<int64_t> dims) {
  Value value{.name = variable.name, .dtype = variable.dtype, .dims = std::move(dims)};
  if (variable.dtype != DType::kString) {
    CAIRN_ASSIGN_OR_RETURN(const uint64_t count, NumElements(value.dims));
    CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, Nbytes(variable.dtype, count));
    CAIRN_ASSIGN_OR_RETURN(value.memory, MakeMemory(nbytes).In("variable " + Quoted(value.name)));
  }
  values_.push_back(std::move(value));
  return {};
}

bool PythonAssignment::fills_in_place() const {
  return std::ranges::any_of(values_, &Value::is_in_place);
}

// Returns the new values that the adapter assigns, by name. Strings that were not set are left out.
nb::dict PythonAssignment::NewArrays() {
  nb::dict arrays;
  for (Value& value : values_) {
    if (value.is_in_place) continue;
    const nb::str name = NameOf(value.name);
    if (value.dtype != DType::kString) {
      arrays[name] = MakeArray(value.dtype, value.dims, std::move(value.memory));
    } else if (value.strings) {
      arrays[name] = MakeStringArray(value.dims, *value.strings);
    }
  }
  return arrays;
}

Status PythonAssignment::Commit() {
  if (std::ranges::all_of(values_, &Value::is_in_place)) return {};
  const nb::gil_scoped_acquire acquire;
  return errors_.Catch([&]() -> Status {
    adapter_.attr("assign")(NewArrays());
    return {};
  });
}

}  // namespace cairn::python
