#include "cairn/session/check_values.h"

#include <algorithm>

#include "cairn/core/escape.h"

namespace cairn {
namespace {

Status CheckDimsOfValue(const Variable& variable, std::span<const int64_t> dims) {
  if (!CanHave(variable, dims)) {
    return Status(Reason::kArgument, "variable " + Quoted(variable.name) + " has the shape " +
                                         ToString(variable.dims) + ", not " + ToString(dims));
  }
  const auto wrong = [&](const Status& error) {
    return Status(Reason::kArgument, "a value for variable " + Quoted(variable.name) + ": " +
                                         std::string(error.message()));
  };
  const Result<uint64_t> count = NumElements(dims);
  if (!count.ok()) return wrong(count.status());
  if (variable.dtype == DType::kString) return {};
  const Result<uint64_t> nbytes = Nbytes(variable.dtype, *count);
  return nbytes.ok() ? Status() : wrong(nbytes.status());
}

}  // namespace

bool CanHave(const Variable& variable, std::span<const int64_t> dims) {
  return !variable.has_known_rank ||
         std::ranges::equal(variable.dims, dims,
                            [](int64_t a, int64_t b) { return a == b || a == -1; });
}

Status CheckVariableIds(std::span<const VariableId> ids, std::span<const Variable> variables) {
  std::vector<bool> seen(variables.size());
  for (const VariableId id : ids) {
    if (id >= variables.size()) {
      return Status(Reason::kArgument, "variable " + std::to_string(id) +
                                           " of a session that has " +
                                           std::to_string(variables.size()));
    }
    if (seen[id]) {
      return Status(Reason::kArgument,
                    "variable " + Quoted(variables[id].name) + " is named twice");
    }
    seen[id] = true;
  }
  return {};
}

Status CheckNewValues(std::span<const NewValue> values, std::span<const Variable> variables) {
  std::vector<VariableId> ids;
  for (const NewValue& value : values) ids.push_back(value.variable);
  CAIRN_RETURN_IF_ERROR(CheckVariableIds(ids, variables));
  for (const NewValue& value : values)
    CAIRN_RETURN_IF_ERROR(CheckDimsOfValue(variables[value.variable], value.dims));
  return {};
}

}  // namespace cairn
