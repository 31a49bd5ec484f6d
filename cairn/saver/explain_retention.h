// Why each checkpoint of a run is still there, and which ones its next save would remove.
#ifndef CAIRN_SAVER_EXPLAIN_RETENTION_H_
#define CAIRN_SAVER_EXPLAIN_RETENTION_H_

#include <optional>
#include <string>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/formats/format.h"
#include "cairn/saver/retention.h"

namespace cairn {

struct ExplainedCheckpoint {
  std::string name;  // "model-20", as in RunCheckpoint
  std::optional<int64_t> step = {};
  uint64_t nbytes = 0;      // of its files
  bool is_managed = false;  // false: it is not ModelSaver's own, and never removed
  // An error says what is wrong with it. Success is only that it is complete where the rules did
  // not need more.
  Status sound = {};
  // Why it is there now, in the words of RetentionVerdict; never empty.
  std::vector<std::string> kept_because = {};
  // Why the next save would remove it; empty if it would not.
  std::vector<std::string> removed_because = {};
};

struct RetentionExplanation {
  std::string path;
  // Absent if they are not known: then `kept_because` has what the state file says.
  std::optional<RetentionRules> rules = {};
  std::vector<ExplainedCheckpoint> checkpoints = {};  // in the order of RunDirectory
  // For people: why the rules are not known, what else is wrong with the directory.
  std::vector<std::string> notes = {};
};

// Reads the rules and the values from the run state of the first checkpoint in the ranking of
// run_directory.h that is complete, and plans as ModelSaver would: as if the newest sound
// checkpoint had just been saved, and as if one more of the same size were saved one step later.
// With VerifyDepth::kQuick every complete checkpoint counts as sound, and no value is read; else
// those are verified that the rules ask for. The value of the statistic for the next one is not
// known: if it is one of the best, it may take the place of another one. Changes nothing, and asks
// no clock.
//
// Errors: those of ScanRunDirectory, kCancelled, kGone (a run that is alive removed two checkpoints
// while they were verified).
CAIRN_EXPORT Result<RetentionExplanation> ExplainRetention(FileSystem& fs,
                                                           const std::string& directory,
                                                           const VerifyOptions& options = {});

}  // namespace cairn

#endif  // CAIRN_SAVER_EXPLAIN_RETENTION_H_
