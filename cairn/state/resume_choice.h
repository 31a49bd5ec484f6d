// Chooses which checkpoint of a directory is meant: the first in its ranking that is good.
#ifndef CAIRN_STATE_RESUME_CHOICE_H_
#define CAIRN_STATE_RESUME_CHOICE_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cairn/state/run_directory.h"

namespace cairn {

// A checkpoint that was passed over, and why.
struct PassedOver {
  std::string name;
  Status why;

  std::string ToString() const;  // "model-30: E_CRC: …", escaped
};

struct ResumePoint {
  std::optional<std::string> name;  // nothing: the run begins from scratch
  std::string reason;               // "the newest with a run state", "no checkpoint…"
};

struct ResumeChoice {
  std::vector<PassedOver> passed_over = {};  // those that come before the one taken, in that order
  // Errors: DataLoss kinds, or kIo, where there are or were checkpoints and none can be taken
  // (never a silent start from scratch); kCancelled; kGone (a live run removed a checkpoint while
  // it was verified: scan again).
  Result<ResumePoint> point;
};

// Judges one checkpoint: success if it can be taken, else what is wrong with it. kCancelled and
// kGone end the search.
using CheckpointJudge = std::function<Status(const RunCheckpoint&)>;

// Returns the first checkpoint by rank that `judge` accepts.
//
// Without an index there is no checkpoint. So data without an index in an otherwise new directory
// is a first save that was interrupted, and the run begins from scratch. But where there is a state
// file, whatever it holds (it is written only after a first checkpoint), or where data of several
// names lies there, checkpoints were lost, and that is an error.
ResumeChoice ChooseCheckpoint(const RunDirectory& run, const CheckpointJudge& judge);

// Returns the first checkpoint by rank that is complete. No value is read.
ResumeChoice ChooseComplete(const RunDirectory& run);

// For people: why checkpoints of a higher step than the one that was chosen are not taken, and
// where TensorFlow's latest_checkpoint gives another one.
std::vector<std::string> NotesOnChoice(const RunDirectory& run, const ResumeChoice& choice);

}  // namespace cairn

#endif  // CAIRN_STATE_RESUME_CHOICE_H_
