// Repairs every checkpoint of a run.
#ifndef CAIRN_RUN_REPAIR_RUN_H_
#define CAIRN_RUN_REPAIR_RUN_H_

#include <string>
#include <vector>

#include "cairn/checkpoint/repair.h"
#include "cairn/core/export.h"

namespace cairn {

// The result of the repair of one checkpoint of a run.
struct RepairedCheckpoint {
  std::string name;
  Status error;  // nothing of it could be saved
  RepairReport report;
};

struct RunRepairReport {
  std::vector<RepairedCheckpoint> checkpoints;  // the newest last
  std::string newest;                           // as the new state file names it; "" = none saved
};

// Whether `path` is a directory that has checkpoints of a run, or what is left of them. The
// directory of a SavedModel has none of its own.
CAIRN_EXPORT bool IsRun(FileSystem& fs, const std::string& path);

// Repairs every checkpoint in the directory `from` into the directory `to` under its own name: also
// those of which only the data is left. A new state file there lists the complete ones, the newest
// last, whatever the old one said; partial rescues only where no checkpoint is complete. Those
// without a step in their name are listed only where none has one. Errors: kMissing (no
// checkpoint), kExists (`to` has checkpoints), kCancelled, those of writing the state file.
CAIRN_EXPORT Result<RunRepairReport> RepairRun(FileSystem& fs, const std::string& from,
                                               const std::string& to,
                                               const RepairOptions& options = {});

}  // namespace cairn

#endif  // CAIRN_RUN_REPAIR_RUN_H_
