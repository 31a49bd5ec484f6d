// Removes a checkpoint, and nothing else.
#ifndef CAIRN_CHECKPOINT_REMOVE_CHECKPOINT_H_
#define CAIRN_CHECKPOINT_REMOVE_CHECKPOINT_H_

#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/io/file_system.h"

namespace cairn {

// Removes the checkpoint of exactly this name, as Save takes it: a prefix, or a file;
// "m.safetensors" also stands for "m.safetensors.index.json" where the checkpoint is several files.
// The index goes first and durably: from then on there is no checkpoint, and whenever the process
// dies, the rest is data that no index names. Then the other files go that have the checkpoint's
// own names: data files, also of other shard sets that a crash left, PREFIX.meta, and Cairn's
// temporary files. Where only such files are left, they go. A state file that names the checkpoint
// stays as it is.
//
// Nobody may be writing the checkpoint. Returns the paths of what was removed. Errors: kMissing
// (there is nothing of this name); kArgument (one file of a TensorFlow checkpoint); kFileType (a
// directory); kUnsupported (a V1 checkpoint, or an index that names files of other names); those of
// CheckNewName; kReadOnly, kIo: what is left may be removed by another call.
CAIRN_EXPORT Result<std::vector<std::string>> RemoveCheckpoint(FileSystem& fs,
                                                               std::string_view path);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_REMOVE_CHECKPOINT_H_
