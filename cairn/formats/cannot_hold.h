// The error a format returns for tensors that it cannot store.
#ifndef CAIRN_FORMATS_CANNOT_HOLD_H_
#define CAIRN_FORMATS_CANNOT_HOLD_H_

#include <functional>
#include <string>
#include <vector>

#include "cairn/core/tensor_dict.h"

namespace cairn {

// Returns kUnsupported, "2 tensors cannot be stored as npz: 'a' (string), 'b' (variant)", or
// success if `problem` returns "" for each tensor.
Status CheckEachCanBeHeld(const TensorDict& dict, std::string_view format,
                          const std::function<std::string(size_t)>& problem);

// For the report of a save: what the dict's metadata says that a format without metadata lets go.
std::vector<std::string> NotesOnMetadata(const TensorDict& dict);

}  // namespace cairn

#endif  // CAIRN_FORMATS_CANNOT_HOLD_H_
