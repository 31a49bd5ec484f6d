// The checkpoints of a training run's directory, and which of them a resumed run takes.
#ifndef CAIRN_CHECKPOINT_RUN_DIRECTORY_H_
#define CAIRN_CHECKPOINT_RUN_DIRECTORY_H_

#include <optional>
#include <string>
#include <vector>

#include "cairn/formats/format.h"

namespace cairn {

struct RunCheckpoint {
  std::string name;             // "model-20", its prefix without the directory
  std::optional<int64_t> step;  // of its run state, else the number its name ends in
  uint64_t nbytes = 0;          // of its files
  Status complete;              // an error says what is missing: index damaged, shard gone or cut
};

struct RunDirectory {
  std::vector<RunCheckpoint> checkpoints;  // by step, then name; those without a step first
  std::optional<std::string>
      named;  // what the state file calls newest, as a name of this directory
  std::vector<std::string>
      notes;  // a state file that is damaged or names what is gone; files without an index
};

// Looks at the whole directory, not only at the state file; reads metadata and sizes, no tensor
// data (but run states). A directory that does not exist is empty. Errors: kIo, kFileType.
Result<RunDirectory> ScanRunDirectory(FileSystem& fs, const std::string& directory);

struct ResumePoint {
  std::optional<std::string> name;    // nothing: the run begins from scratch
  std::string reason;                 // "newest that verifies", "no checkpoint"
  std::vector<std::string> rejected;  // one line for each newer one: "model-30: E_CRC: …"
};

// The newest checkpoint that verifies, newest first by step; modification times never decide.
// Errors: kDataLoss kinds where there are checkpoints and none verifies (never a silent start from
// scratch); kIo.
Result<ResumePoint> ChooseResumePoint(FileSystem& fs, const std::string& directory,
                                      const VerifyOptions& options = {});

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_RUN_DIRECTORY_H_
