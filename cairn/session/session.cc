#include "cairn/session/session.h"

namespace cairn {

std::vector<VariableId> SavedVariables(const Session& session) {
  const std::span<const Variable> variables = session.variables();
  std::vector<VariableId> saved;
  for (VariableId id = 0; id < variables.size(); ++id) {
    if (!variables[id].collections.local) saved.push_back(id);
  }
  return saved;
}

}  // namespace cairn
