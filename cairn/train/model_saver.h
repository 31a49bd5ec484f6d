// Saves a run, durably and in one commit, and keeps the newest checkpoints.
#ifndef CAIRN_TRAIN_MODEL_SAVER_H_
#define CAIRN_TRAIN_MODEL_SAVER_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/run/run_lock.h"
#include "cairn/session/session.h"
#include "cairn/train/callback.h"
#include "cairn/train/retention.h"
#include "cairn/train/run_parts.h"
#include "cairn/train/saved_files.h"

namespace cairn {

// What one save did.
struct SavedModel {
  std::string name;                       // "model-20", in the saver's directory
  SaveReport report = {};                 // empty where the retry of a save found it committed
  std::vector<std::string> removed = {};  // checkpoints that made room, and leftovers of crashes
  // Troubles that do not make the save less safe; and once, that the file system has no locks.
  std::vector<std::string> warnings = {};
};

struct ModelSaverOptions {
  // See retention.h. They concern every `model-STEP` of the directory, whichever run of the program
  // saved it; checkpoints of other names are never touched.
  RetentionRules retention = {};
  int64_t every_n_steps = 0;  // as a callback: 0 = after every epoch
  // As a callback: told of every save. Where it is not set, nobody sees the warnings.
  std::function<void(const SavedModel&)> on_saved = {};
  // As a callback: what a failed save means for the training. Not set: its end.
  std::function<Status(const Status&)> on_error = {};
  // Says whether a lease of another host on the directory is taken over: see run_lock.h.
  IfHeldElsewhere if_held_elsewhere = IfHeldElsewhere::kFail;
  SaveOptions save = {.alignment = 64, .transfer = {}};
  std::function<double()> clock =
      {};  // seconds since 1970, for the state file; not set: the machine's
};

// Writes `model-STEP` with every variable of the session that is not local and the state of the
// run's parts. When Save returns success, a run that is resumed after a crash or a power cut begins
// at this step or a later one. Whenever the process dies, the directory holds the checkpoints that
// were acknowledged before, apart from those that retention gave up.
//
// Order of a save: index renamed into place (the commit) -> read back and verified -> state file ->
// retention. Equal runs give equal bytes; the clock is only in the state file.
//
// One saver a directory at a time: it holds the directory's lock (run_lock.h) from Begin or the
// first Save until it is destroyed, and a second saver is refused before it touches anything. A
// directory that is renamed or replaced meanwhile makes every further save fail: nothing is written
// elsewhere.
class ModelSaver final : public Callback {
 public:
  // Borrows all of them. The directory is made by Begin, or by the first save.
  ModelSaver(FileSystem& fs, std::string directory, Session& session, const RunParts& parts,
             ModelSaverOptions options = {});

  // Makes the directory and locks it now, so that a second trainer stops before it has trained.
  // Trainer calls it; in a loop of your own it is optional. Errors: kLocked (the message names the
  // holder), kChanged (the directory was renamed or replaced), kReadOnly, kNoSpace, kIo.
  Status Begin();

  // Usable from any loop. A step names a state: after an error Save may be called again for the
  // same step. A `model-STEP` that is there and is damaged (see IsDamage in verdict.h), because the
  // run was resumed from an older one, is moved to the folder `damaged` and reported. One that
  // verifies is an error, and so is one that could not be judged: it stays where it is. Errors:
  // those of Begin, kExists, those of judging what is there, of Snapshot and of RunParts::Save;
  // everything acknowledged before is still there. An error of retention is a warning of the save.
  Result<SavedModel> Save(const TrainPosition& position);

  std::string_view name() const override { return "ModelSaver"; }
  Status BeforeTrain(const TrainPosition& position) override;
  Status AfterStep(const TrainPosition& position) override;
  Status AfterEpoch(const TrainPosition& position) override;
  // Saves steps that no trigger has saved.
  Status AfterTrain(const TrainPosition& position) override;
  bool comes_last() const override { return true; }

 private:
  struct Attempt {
    int64_t step = 0;
    bool committed = false;
  };

  FileSystem& fs() const { return held_ ? *held_ : fs_; }

  Status Trigger(const TrainPosition& position);
  Status CreateDirectory();
  Status HoldDirectory();
  Status CheckSameDirectory() const;
  Status TakeLock();
  Result<std::optional<StateFile>> ReadState(SavedModel& saved) const;
  void CleanUp(const std::optional<StateFile>& state, int64_t step, SavedListing& listing,
               SavedModel& saved);
  Result<bool> MakeWay(int64_t step, const SavedFiles& files, SavedModel& saved);
  Status Write(const TrainPosition& position, SavedModel& saved);
  Status Judge(int64_t step);
  Status Retain(int64_t step, std::optional<StateFile> state, SavedModel& saved);

  std::string PathOf(int64_t step) const;

  FileSystem& fs_;
  std::string directory_;
  Session& session_;
  const RunParts& parts_;
  ModelSaverOptions options_;
  bool is_directory_durable_ = false;
  std::unique_ptr<FileSystem> held_;  // `fs_` through the open directory; null where it has no such
  std::optional<RunLock> lock_;
  bool has_warned_of_lock_ = false;
  int64_t last_step_ = 0;               // as a callback: saved, or where the run began
  std::optional<Attempt> attempt_;      // a save that ended with an error after it began to write
  std::map<int64_t, Status> verdicts_;  // of checkpoints that this saver has read
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_MODEL_SAVER_H_
