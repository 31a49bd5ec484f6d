// The checkpoints of a training run's directory, in the order in which a resumed run tries them.
#ifndef CAIRN_STATE_RUN_DIRECTORY_H_
#define CAIRN_STATE_RUN_DIRECTORY_H_

#include <optional>
#include <string>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/formats/format.h"

namespace cairn {

// Why a resumed run tries a checkpoint before others. Each rank comes before all ranks below it;
// within one the higher step, or the later place or time, comes first.
enum class Rank : uint8_t {
  kRunState,  // it holds the state of a run: by step. One that cannot be read counts as such.
  kNamed,     // the state file calls it the newest
  kStep,      // its name ends in a step: by step
  kListed,    // the state file lists it: by its place there
  kTime,      // nothing else is known of it: by the time when its files last changed
};

struct RunCheckpoint {
  std::string name;  // without the directory, as Open takes it: the prefix "model-20", the
                     // file "model-20.npz", the index of several safetensors files; of
                     // V1, the file or the pattern of its shards
  std::optional<int64_t> step;  // of its run state, else the number its name ends in
  uint64_t nbytes = 0;          // of its files
  // An error says what is wrong: index damaged, shard gone or cut, a file that is not regular, run
  // state not readable, a partial rescue.
  Status complete = {};
  bool has_run_state = false;
  int64_t modified_ns = 0;  // of its index
  Rank rank = Rank::kTime;
};

struct RunDirectory {
  std::string path;
  std::vector<RunCheckpoint> checkpoints = {};  // by step, then name; those without a step first
  std::vector<size_t> ranking = {};  // positions in `checkpoints`, the first to try first
  // The checkpoint that the state file calls newest, as a name of this directory.
  std::optional<std::string> named = {};
  bool has_state_file = false;  // of whatever content
  // Says what is wrong with the state file, or was put right. It is one of `notes`, mostly empty.
  std::string state_note = {};
  // Names of which there is data without an index: a save that did not finish, or whose index was
  // lost. Prefixes, and names of several safetensors files ("model-20.safetensors").
  std::vector<std::string> uncommitted = {};
  // For people: a state file that is damaged or names what is gone; data without an index;
  // temporary files; two checkpoints of one step.
  std::vector<std::string> notes = {};
};

// Looks at the whole directory, not only at the state file: V2 by their indexes, V1 by the content
// of files, npz and safetensors by their extensions. A directory of a run has a state file, a
// checkpoint of TensorFlow, or a file that is named as ModelSaver names it ("model-20.npz"). In
// other directories, npz and safetensors files are not looked at; in a run's, such a file is one of
// its checkpoints only if it holds a run state, if the state file lists it, or if it is damaged and
// the run saves in such files: a file of weights that somebody put there is never resumed. Reads
// metadata and sizes, no tensor data but run states. One file that cannot be read
// is only that checkpoint's error, one that is removed meanwhile is left out. Takes time in
// proportion to the number of files. A directory that does not exist is empty. Changes nothing.
// Errors: kIo, kFileType.
CAIRN_EXPORT Result<RunDirectory> ScanRunDirectory(FileSystem& fs, const std::string& directory);

}  // namespace cairn

#endif  // CAIRN_STATE_RUN_DIRECTORY_H_
