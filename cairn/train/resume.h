// Brings a run back to where its newest good checkpoint was saved.
#ifndef CAIRN_TRAIN_RESUME_H_
#define CAIRN_TRAIN_RESUME_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/core/export.h"
#include "cairn/session/session.h"
#include "cairn/train/run_components.h"

namespace cairn {

// The choice where there are checkpoints, or remains of some, and none can be used.
enum class IfNothingGood : uint8_t { kFail, kStartFresh };

struct ResumeOptions {
  IfNothingGood if_nothing_good = IfNothingGood::kFail;
  // Files are read and not mapped, because a disk error in a mapped file ends the process.
  VerifyOptions verify = {.access = Access::kRead, .limits = {}, .transfer = {}};
  // Called with the checkpoint that was chosen and its run state, which is absent if another program
  // saved it. The variables of the session are listed afterwards, so a session can make those that
  // the checkpoint has, such as the slots of an optimizer that has done no step. An error ends
  // Resume and is returned. Null: nothing is called.
  std::function<Status(const TensorDict&, const std::optional<RunState>&)> prepare = {};
};

struct CAIRN_EXPORT Resumed {
  // "run/model-20", or absent where the run begins from scratch.
  std::optional<std::string> checkpoint = {};
  TrainPosition position = {};
  // Whether the checkpoint has the state of the run. If another program saved it, it only has
  // variables and a step, and the epoch of the position is 0.
  bool has_run_state = false;
  // Says for each checkpoint that comes before this one why it was not taken: "model-30: E_CRC: …".
  // Names are escaped.
  std::vector<std::string> passed_over = {};
  std::vector<std::string> notes = {};  // other facts that a person should know

  // Returns text for people: the checkpoint that was resumed, then a line for each other entry.
  std::string ToString() const;
};

// Takes the first checkpoint of the directory that verifies, in the order of run_directory.h:
// checkpoints with a run state by step, then the ones that the state file names, then names with a
// step. Loads the variables of the session and the components of the run. Every variable that is
// not local must be in the checkpoint, with the same dtype and shape, and every component must have
// been added before. The result says why each earlier checkpoint was passed over: damage, or
// trouble of the machine that concerns that checkpoint. The directory is only read.
//
// A run never starts from scratch silently. Where there are or were checkpoints and none can be
// used (see ChooseResumePoint), Resume returns an error, or with kStartFresh a note. In a directory
// that never had one, the run begins at step 0, and variables and components stay as they are.
//
// Errors: every kind of DataLoss (no checkpoint verifies), kMissing (variables that the checkpoint
// lacks), kMismatch, kFormat, kIo. Only an error of RunComponents::Load can leave the session
// changed.
CAIRN_EXPORT Result<Resumed> Resume(FileSystem& fs, const std::string& directory, Session& session,
                                    RunComponents& components, const ResumeOptions& options = {});

}  // namespace cairn

#endif  // CAIRN_TRAIN_RESUME_H_
