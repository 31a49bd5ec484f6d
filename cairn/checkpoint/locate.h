// From what a user names to the prefix it means, for checkpoints that TensorFlow writes.
#ifndef CAIRN_CHECKPOINT_LOCATE_H_
#define CAIRN_CHECKPOINT_LOCATE_H_

#include <optional>
#include <string>
#include <string_view>

#include "cairn/state/locate_named.h"

namespace cairn {

// A prefix, a member file (also a missing one, when its index is there), a SavedModel, a directory
// or its state file (what a resumed run would take, as far as that can be told without reading
// values: see run_directory.h), a state file of another name (what it names). A directory without
// checkpoints of TensorFlow stands for its safetensors or npz file or for the newest version of a
// served model (locate_in_folder.h). Errors: kMissing with what is there as hint, kPath (a NUL),
// kUnsupported (an address such as "gs://…"), kFileType, kIo.
Result<Located> Locate(FileSystem& fs, const std::string& path);

// Whether a directory holds one of the files that make it a SavedModel. Errors: kIo.
Result<bool> IsSavedModel(FileSystem& fs, const std::string& directory);

// The prefix of a path that is named like a file of a V2 checkpoint (index, data, metagraph);
// nothing for other names. The file system is not asked.
std::optional<std::string> PrefixOfMember(std::string_view path);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_LOCATE_H_
