// The names that ModelSaver gives to checkpoints: "model-20", "model-20.npz".
#ifndef CAIRN_STATE_SAVED_NAME_H_
#define CAIRN_STATE_SAVED_NAME_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cairn/core/export.h"
#include "cairn/formats/format.h"

namespace cairn {

// "model-20".
CAIRN_EXPORT std::string SavedName(int64_t step);
// "model-20" for TensorFlow V2, "model-20.npz", "model-20.safetensors": the name to save under, and
// to open.
CAIRN_EXPORT std::string SavedFileName(int64_t step, const Format& format);
// 20 for each of these names, and for the index of several safetensors files. Empty for a name that
// ModelSaver does not give: "model-020", "model-best".
CAIRN_EXPORT std::optional<int64_t> StepOfSavedName(std::string_view name);

}  // namespace cairn

#endif  // CAIRN_STATE_SAVED_NAME_H_
