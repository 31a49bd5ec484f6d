// A TrainConfig that goes on where the run in its directory is: tensorpack's AutoResumeTrainConfig.
#ifndef CAIRN_TRAIN_AUTO_RESUME_H_
#define CAIRN_TRAIN_AUTO_RESUME_H_

#include <string>

#include "cairn/core/export.h"
#include "cairn/io/file_system.h"
#include "cairn/train/resume.h"
#include "cairn/train/train_config.h"

namespace cairn {

struct AutoResumeOptions {
  // Whether a run that is there is resumed whatever the program gives. False: what it gives wins.
  // Where it gives a session_init, nothing is resumed. A starting_epoch other than 1 wins over
  // stats.json, but not over a run state.
  bool always_resume = true;
  ResumeOptions resume = {};
};

// The directory may hold a run of this library, or one of tensorpack:
//
// - The checkpoint is the one that Resume takes, damage and a lost state file notwithstanding.
// - A run of this library has its epoch in the checkpoint.
// - Another one has it in stats.json, whose last entry says which epoch ended at which step. If the
//   checkpoint was saved at another step, the process was killed between checkpoint and statistics,
//   or a later checkpoint was lost. Then the epochs between are counted by `steps_per_epoch`, so
//   that none is trained twice or left out. So they are without a stats.json that can be read.
//
// Each turn that a person should know of is one of the notes of `resumed`: what a checkpoint and
// stats.json disagree about, what the program gave and is not used.
class CAIRN_EXPORT AutoResumeTrainConfig : public TrainConfig {
 public:
  // Loads the variables of `given.session` and the components, and sets `resume_at` and
  // `starting_epoch`. In a directory without a checkpoint, the run begins as it was given. Lines
  // about it go to `given.log`. Errors: kArgument (the directory is empty text, no components, no
  // steps in an epoch, `resume_at` is given), those of Resume.
  static Result<AutoResumeTrainConfig> Make(FileSystem& fs, const std::string& directory,
                                            TrainConfig given,
                                            const AutoResumeOptions& options = {});

  // From which checkpoint the run goes on, and why.
  Resumed resumed;

 private:
  explicit AutoResumeTrainConfig(TrainConfig given) : TrainConfig(std::move(given)) {}
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_AUTO_RESUME_H_
