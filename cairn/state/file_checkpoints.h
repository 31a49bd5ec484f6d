// Tells checkpoints that are files of npz or safetensors from other files, by name alone.
#ifndef CAIRN_STATE_FILE_CHECKPOINTS_H_
#define CAIRN_STATE_FILE_CHECKPOINTS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/formats/format.h"

namespace cairn {

// The formats, beside TensorFlow V2, in which a run can save: by the ending of the name. Null for
// other names.
const Format* FileFormatOf(std::string_view name);
// "model-20" of "model-20.npz" and of "model-20.safetensors.index.json"; other names as they are.
std::string_view WithoutExtension(std::string_view name);

// The name under which a checkpoint was saved: "model-20.safetensors" for the index of several
// files; other names as they are.
std::string_view SavedForm(std::string_view name);

// A checkpoint as the listing of its directory tells it.
struct FileCheckpoint {
  std::string name;  // of the file, or of the index of several
  const Format* format = nullptr;
  std::vector<std::string> files;  // all of its files, by name; the first is `name`
};

// Every npz and safetensors file, and every index of several. The shards of one are no checkpoints
// of their own.
std::vector<FileCheckpoint> ListFileCheckpoints(std::span<const std::string> names);

// The names under which checkpoints were saved in several files ("model-20.safetensors") of which
// there are shards and no index. Sorted, as `names` must be.
std::vector<std::string> ListLostIndexes(std::span<const std::string> names);

}  // namespace cairn

#endif  // CAIRN_STATE_FILE_CHECKPOINTS_H_
