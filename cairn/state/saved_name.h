// The names that ModelSaver gives to checkpoints: "model-20".
#ifndef CAIRN_STATE_SAVED_NAME_H_
#define CAIRN_STATE_SAVED_NAME_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cairn/core/export.h"

namespace cairn {

// "model-20".
CAIRN_EXPORT std::string SavedName(int64_t step);
// 20 for "model-20". Empty for a name that ModelSaver does not give: "model-020", "model-best".
CAIRN_EXPORT std::optional<int64_t> StepOfSavedName(std::string_view name);

}  // namespace cairn

#endif  // CAIRN_STATE_SAVED_NAME_H_
