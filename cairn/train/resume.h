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
  VerifyOptions verify = {};
};

struct Resumed {
  std::optional<std::string> checkpoint =
      {};  // "run/model-20"; nothing: the run begins from scratch
  TrainPosition position = {};
  std::vector<std::string> passed_over = {};  // why newer ones were not taken: "model-30: E_CRC: …"
  std::vector<std::string> notes = {};        // what a person should know

  // For people: what was resumed, then a line for each of the others.
  std::string ToString() const;
};

// Takes the newest checkpoint of the directory that verifies, whatever its name, and loads the
// session's variables (all but local ones must be in it, of the same dtype and shape) and the parts
// of the run, all of which must have been added. The directory is only read.
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
