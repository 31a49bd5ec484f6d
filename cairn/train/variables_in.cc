#include "cairn/train/variables_in.h"

#include "cairn/core/escape.h"

namespace cairn {
namespace {

Status NoSuchCollection(const std::string& name) {
  return Status(Reason::kArgument, "var_collections has " + Quoted(name) +
                                       "; known are variables, trainable_variables, "
                                       "model_variables and local_variables");
}

Result<bool> IsIn(const Variable& variable, const std::string& collection) {
  const Collections& in = variable.collections;
  if (collection == "variables") return !in.local;
  if (collection == "trainable_variables") return in.trainable;
  if (collection == "model_variables") return in.model;
  if (collection == "local_variables") return in.local;
  return NoSuchCollection(collection);
}

}  // namespace

Result<std::vector<VariableId>> VariablesIn(const Session& session,
                                            std::span<const std::string> collections) {
  if (collections.empty()) return SavedVariables(session);
  std::vector<VariableId> ids;
  const std::span<const Variable> variables = session.variables();
  for (VariableId id = 0; id < variables.size(); ++id) {
    bool is_in = false;
    for (const std::string& collection : collections) {
      CAIRN_ASSIGN_OR_RETURN(const bool is_in_this, IsIn(variables[id], collection));
      is_in = is_in || is_in_this;
    }
    if (is_in) ids.push_back(id);
  }
  return ids;
}

}  // namespace cairn
