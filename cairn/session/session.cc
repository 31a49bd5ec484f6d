#include "cairn/session/session.h"

namespace cairn {

Result<std::unique_ptr<FrozenVariables>> Session::Freeze(std::span<const VariableId> /*ids*/) {
  return Status(Reason::kUnsupported, "the session cannot freeze variables");
}

std::vector<VariableId> SavedVariables(const Session& session) {
  const std::span<const Variable> variables = session.variables();
  std::vector<VariableId> saved;
  for (VariableId id = 0; id < variables.size(); ++id) {
    if (!variables[id].collections.local) saved.push_back(id);
  }
  return saved;
}

}  // namespace cairn
