// Paths as tensorpack's users write them: get_checkpoint_path and get_all_checkpoints.
#ifndef CAIRN_COMPAT_CHECKPOINT_PATHS_H_
#define CAIRN_COMPAT_CHECKPOINT_PATHS_H_

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

}  // namespace cairn

#endif  // CAIRN_COMPAT_CHECKPOINT_PATHS_H_
