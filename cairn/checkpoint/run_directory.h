// The checkpoints of a training run's directory, and which of them a resumed run takes.
#ifndef CAIRN_CHECKPOINT_RUN_DIRECTORY_H_
#define CAIRN_CHECKPOINT_RUN_DIRECTORY_H_

#include <optional>
#include <string>
#include <vector>

#include "cairn/formats/format.h"

namespace cairn {

struct RunCheckpoint {
  std::string name;             // "model-20", its prefix without the directory; of V1, the file
                                // or the pattern of its shards
  std::optional<int64_t> step;  // of its run state, else the number its name ends in
  uint64_t nbytes = 0;          // of its files
  // An error says what is wrong: index damaged, shard gone or cut, run state not readable.
  Status complete;
};

struct RunDirectory {
  std::vector<RunCheckpoint> checkpoints;  // by step, then name; those without a step first
  // What the state file calls newest, as a name of this directory.
  std::optional<std::string> named;
  bool has_state_file = false;  // of whatever content
  // Prefixes of data files without an index: a save that did not finish, or whose index was lost.
  std::vector<std::string> uncommitted;
  // For people: a state file that is damaged or names what is gone; data without an index; two
  // checkpoints of one step.
  std::vector<std::string> notes;
};

// Looks at the whole directory, not only at the state file: V2 by their indexes, V1 by the content
// of files. Reads metadata and sizes, no tensor data (but run states). Temporary files of saves and
// parts that were not merged are noted. A directory that does not exist
// is empty. Changes nothing. Errors: kIo, kFileType.
Result<RunDirectory> ScanRunDirectory(FileSystem& fs, const std::string& directory);

struct ResumePoint {
  std::optional<std::string> name;    // nothing: the run begins from scratch
  std::string reason;                 // "newest that verifies", "no checkpoint…"
  std::vector<std::string> rejected;  // one line for each newer one: "model-30: E_CRC: …"
};

// The newest checkpoint that verifies, newest first by step; neither the state file nor
// modification times decide.
//
// No index = no checkpoint. So data without an index in an otherwise new directory is a first save
// that was interrupted, and the run begins from scratch. But where there is a state file, whatever
// it holds (it is written only after a first checkpoint), or where data of several names lies
// there, checkpoints were lost, and that is an error.
//
// Errors: DataLoss kinds or kIo where there are or were checkpoints and none verifies (never a
// silent start from scratch); kCancelled and kNoMemory, which say nothing of the checkpoint at
// hand.
Result<ResumePoint> ChooseResumePoint(FileSystem& fs, const std::string& directory,
                                      const VerifyOptions& options = {});

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_RUN_DIRECTORY_H_
