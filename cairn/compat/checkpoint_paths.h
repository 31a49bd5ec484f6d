// Paths as tensorpack's users write them: get_checkpoint_path and get_all_checkpoints.
#ifndef CAIRN_COMPAT_CHECKPOINT_PATHS_H_
#define CAIRN_COMPAT_CHECKPOINT_PATHS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/state/locate_named.h"

namespace cairn {

// The prefix that `path` names: a prefix, a member file, a state file (then the checkpoint it
// names), a directory (its newest). A bare name gets "./". Errors: kMissing.
CAIRN_EXPORT Result<Located> GetCheckpointPath(FileSystem& fs, std::string_view path);

struct StepCheckpoint {
  std::string prefix;  // "run/model-10"
  int64_t step = 0;
};

// Every PREFIX-<step>.index of the directory, in order of the step as a number; names that do not
// end in a number are left out. A directory that does not exist has none. Errors: kIo.
CAIRN_EXPORT Result<std::vector<StepCheckpoint>> GetAllCheckpoints(
    FileSystem& fs, const std::string& directory, std::string_view prefix = "model");

// Returns the prefix that the state file `state_file_name` of a directory calls newest, as
// tf.train.latest_checkpoint does; nothing if there is no state file, if it names none, or if what
// it names is not there. Errors: those of ReadStateFileAt and LocateNamed but kMissing.
CAIRN_EXPORT Result<std::optional<std::string>> GetLatestCheckpoint(
    FileSystem& fs, const std::string& directory, std::string_view state_file_name = "checkpoint");

}  // namespace cairn

#endif  // CAIRN_COMPAT_CHECKPOINT_PATHS_H_
