// The step of a run that other programs keep: the scalar variable `global_step` of TensorFlow.
#ifndef CAIRN_TRAIN_GLOBAL_STEP_H_
#define CAIRN_TRAIN_GLOBAL_STEP_H_

#include <cstdint>
#include <optional>

#include "cairn/session/session.h"

namespace cairn {

// Returns its value; nothing if there is no scalar of int64 with this name. Errors: those of
// reading.
Result<std::optional<int64_t>> GlobalStepOf(const TensorDict& dict);
Result<std::optional<int64_t>> GlobalStepOf(Session& session);

}  // namespace cairn

#endif  // CAIRN_TRAIN_GLOBAL_STEP_H_
