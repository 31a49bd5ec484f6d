// Verifies checkpoints by the paths that a user gives, also those of which only the data is left.
#ifndef CAIRN_RUN_VERIFY_PATHS_H_
#define CAIRN_RUN_VERIFY_PATHS_H_

#include <string>
#include <string_view>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"

namespace cairn {

// The verdict on one path.
struct Verified {
  std::string path;         // as it was resolved, else as it was given
  std::string_view format;  // empty if the path was not resolved
  std::string note;         // what the path was taken for; empty if it is the checkpoint's own
  Status error;             // there was nothing to verify
  VerifyReport report;

  bool ok() const { return error.ok() && report.ok(); }
};

// Verifies what `resolved` names; where `path` was not resolved, looks for data without an index. A
// directory of which the checkpoint is removed meanwhile is resolved once more.
Verified VerifyPath(FileSystem& fs, const std::string& path, Result<Resolved> resolved,
                    const VerifyOptions& options);

// Returns the paths of all checkpoints of a run, also of those whose index is lost, and adds what
// else is to be said of the directory to `notes`. Errors: kMissing (there is none), those of
// CheckIsRunDirectory and of the scan.
Result<std::vector<std::string>> PathsOfRun(FileSystem& fs, const std::string& directory,
                                            std::vector<std::string>& notes);

}  // namespace cairn

#endif  // CAIRN_RUN_VERIFY_PATHS_H_
