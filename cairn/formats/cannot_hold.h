// The error a format returns for tensors that it cannot store.
#ifndef CAIRN_FORMATS_CANNOT_HOLD_H_
#define CAIRN_FORMATS_CANNOT_HOLD_H_

#include <functional>
#include <string>
#include <vector>

#include "cairn/core/tensor_dict.h"

namespace cairn {

// Returns kUnsupported, "2 tensors cannot be stored as npz: 'a' (string), 'b' (variant)", or
// success if `problem` returns "" for each tensor. Tensors that cannot be read at all are an error
// by themselves, which says why: "1 tensor cannot be read: …".
Status CheckEachCanBeHeld(const TensorDict& dict, std::string_view format,
                          const std::function<std::string(size_t)>& problem);

// Returns a note of a save, "2 tensors WHAT: 'a' (why), 'b' (why)", about the tensors for which
// `why` is not empty. There is none without such a tensor.
std::vector<std::string> NotesOnTensors(const TensorDict& dict, std::string_view what,
                                        const std::function<std::string(size_t)>& why);

// Returns the notes of a save into a format that has no names for numpy's own types: which tensors
// lose theirs. Empty where none does. Text becomes strings and loses nothing.
std::vector<std::string> NotesOnTypes(const TensorDict& dict);

// For the report of a save: what the dict's metadata says that a format without metadata lets go.
std::vector<std::string> NotesOnMetadata(const TensorDict& dict);

}  // namespace cairn

#endif  // CAIRN_FORMATS_CANNOT_HOLD_H_
