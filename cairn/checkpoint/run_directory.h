// The checkpoints of a training run's directory, in the order in which a resumed run tries them.
#ifndef CAIRN_CHECKPOINT_RUN_DIRECTORY_H_
#define CAIRN_CHECKPOINT_RUN_DIRECTORY_H_

#include <optional>
#include <string>
#include <vector>

#include "cairn/formats/format.h"

namespace cairn {

// Why a resumed run tries a checkpoint before others. Each rank comes before all ranks below it;
// within one the higher step, or the later place or time, comes first.
enum class Rank : uint8_t {
  kRunState,  // it holds the state of a run: by step. One that cannot be read counts as such.
  kNamed,     // the state file calls it the newest
  kStep,      // its name ends in a step: by step
  kListed,    // the state file lists it: by its place there
  kTime,      // nothing else is known of it: by the time when its files last changed
};

struct RunCheckpoint {
  std::string name;             // "model-20", its prefix without the directory; of V1, the file
                                // or the pattern of its shards
  std::optional<int64_t> step;  // of its run state, else the number its name ends in
  uint64_t nbytes = 0;          // of its files
  // An error says what is wrong: index damaged, shard gone or cut, a file that is not regular, run
  // state not readable, a partial rescue.
  Status complete = {};
  bool has_run_state = false;
  int64_t modified_ns = 0;  // of its index
  Rank rank = Rank::kTime;
};

struct RunDirectory {
  std::string path;
  std::vector<RunCheckpoint> checkpoints = {};  // by step, then name; those without a step first
  std::vector<size_t> ranking = {};  // positions in `checkpoints`, the first to try first
  // What the state file calls newest, as a name of this directory.
  std::optional<std::string> named = {};
  bool has_state_file = false;  // of whatever content
  // Says what is wrong with the state file, or was put right. It is one of `notes`, mostly empty.
  std::string state_note = {};
  // Prefixes of data files without an index: a save that did not finish, or whose index was lost.
  std::vector<std::string> uncommitted = {};
  // For people: a state file that is damaged or names what is gone; data without an index;
  // temporary files; two checkpoints of one step.
  std::vector<std::string> notes = {};
};

// Looks at the whole directory, not only at the state file: V2 by their indexes, V1 by the content
// of files. Reads metadata and sizes, no tensor data but run states. One file that cannot be read
// is only that checkpoint's error, one that is removed meanwhile is left out. Takes time in
// proportion to the number of files. A directory that does not exist is empty. Changes nothing.
// Errors: kIo, kFileType.
Result<RunDirectory> ScanRunDirectory(FileSystem& fs, const std::string& directory);

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

// The first checkpoint by rank that verifies; with VerifyDepth::kQuick, the first that is complete:
// no value is read then.
//
// No index = no checkpoint. So data without an index in an otherwise new directory is a first save
// that was interrupted, and the run begins from scratch. But where there is a state file, whatever
// it holds (it is written only after a first checkpoint), or where data of several names lies
// there, checkpoints were lost, and that is an error.
ResumeChoice ChooseResumePoint(FileSystem& fs, const RunDirectory& run,
                               const VerifyOptions& options = {});

// For people: why checkpoints of a higher step than the one that was chosen are not taken, and
// where TensorFlow's latest_checkpoint gives another one.
std::vector<std::string> NotesOnChoice(const RunDirectory& run, const ResumeChoice& choice);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_RUN_DIRECTORY_H_
