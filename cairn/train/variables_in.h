// The variables of a session that are in a collection, as TensorFlow names collections.
#ifndef CAIRN_TRAIN_VARIABLES_IN_H_
#define CAIRN_TRAIN_VARIABLES_IN_H_

#include <span>
#include <string>
#include <vector>

#include "cairn/session/session.h"

namespace cairn {

// Returns every variable that is in one of the collections: see ModelSaverOptions::var_collections.
// No collection: all variables that are not local. Errors: kArgument (no such collection).
Result<std::vector<VariableId>> VariablesIn(const Session& session,
                                            std::span<const std::string> collections);

}  // namespace cairn

#endif  // CAIRN_TRAIN_VARIABLES_IN_H_
