// Brings a run back to where its newest good checkpoint was saved.
#ifndef CAIRN_TRAIN_RESUME_H_
#define CAIRN_TRAIN_RESUME_H_

#include <optional>
#include <string>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/session/session.h"
#include "cairn/train/run_parts.h"

namespace cairn {

// Where there are checkpoints, or the remains of some, and none can be used.
enum class IfNothingGood : uint8_t { kFail, kStartFresh };

struct ResumeOptions {
  IfNothingGood if_nothing_good = IfNothingGood::kFail;
  // Files are read, not mapped: a disk error in a mapped file ends the process.
  VerifyOptions verify = {.access = Access::kRead, .limits = {}, .transfer = {}};
};

struct Resumed {
  std::optional<std::string> checkpoint =
      {};  // "run/model-20"; nothing: the run begins from scratch
  TrainPosition position = {};
  // Why those that come first were not taken: "model-30: E_CRC: …". Names are escaped.
  std::vector<std::string> passed_over = {};
  std::vector<std::string> notes = {};  // what a person should know

  // For people: what was resumed, then a line for each of the others.
  std::string ToString() const;
};

// Takes the first checkpoint of the directory that verifies, in the order of run_directory.h: those
// with a run state by step, then what the state file names, then names with a step. Loads the
// session's variables (all but local ones must be in it, of the same dtype and shape) and the parts
// of the run, all of which must have been added. Whatever is passed over is said with its reason:
// damage, and trouble of the machine that concerns that checkpoint. The directory is only read.
//
// Never starts from scratch silently: where there are or were checkpoints and none can be used
// (see ChooseResumePoint), that is an error, or with kStartFresh a note. In a directory that never
// had one the run begins at step 0 with everything as it is.
// Errors: DataLoss kinds (none verifies), kMissing (variables that the checkpoint lacks),
// kMismatch, kFormat, kIo. The session may have been changed only by an error of RunParts::Load.
Result<Resumed> Resume(FileSystem& fs, const std::string& directory, Session& session,
                       RunParts& parts, const ResumeOptions& options = {});

}  // namespace cairn

#endif  // CAIRN_TRAIN_RESUME_H_
