// Saves a run durably and in one commit, and removes old checkpoints.
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
#include "cairn/core/export.h"
#include "cairn/run/run_lock.h"
#include "cairn/session/session.h"
#include "cairn/train/callback.h"
#include "cairn/train/retention.h"
#include "cairn/train/run_components.h"
#include "cairn/train/saved_files.h"

namespace cairn {

// The result of one save.
struct SavedCheckpoint {
  std::string name;        // "model-20", in the saver's directory
  SaveReport report = {};  // empty if this was a retry, and the first attempt had been committed
  std::vector<std::string> removed = {};  // old checkpoints, and leftovers of crashes
  // Trouble that does not make the checkpoint less safe. The first save also warns of a file system
  // without locks.
  std::vector<std::string> warnings = {};
};

struct ModelSaverOptions {
  // See retention.h. The rules apply to every `model-STEP` of the directory, no matter which
  // process saved it. Checkpoints of other names are never removed.
  RetentionRules retention = {};
  // The next two are used only when the saver is a callback. Called after every save. If it is
  // null, no one sees the warnings.
  std::function<void(const SavedCheckpoint&)> on_saved = {};
  // Called with the error of a failed save. The training goes on if it returns success. If it is
  // null, the error ends the training.
  std::function<Status(const Status&)> on_error = {};
  // Whether the saver takes over a lease that another host has on the directory: see run_lock.h.
  IfHeldElsewhere if_held_elsewhere = IfHeldElsewhere::kFail;
  SaveOptions save = {.alignment = 64, .transfer = {}};
  // Returns seconds since 1970, for the state file. If it is null, the machine's clock is used.
  std::function<double()> clock = {};
};

// Writes `model-STEP`, which has every variable of the session that is not local and the state of
// the run's components. When Save has returned success, a run that is resumed after a crash or a
// power cut begins at this step or a later one. Whenever the process dies, the directory holds
// every checkpoint for which Save had returned success, except the ones that retention removed.
//
// The steps of a save are: rename the index into place (the commit), read the checkpoint back and
// verify it, write the state file, remove old checkpoints. Equal runs write equal bytes; the time
// is only in the state file.
//
// A directory has one saver at a time. The saver holds the lock of the directory (run_lock.h) from
// Begin or the first Save until it is destroyed; a second saver gets an error before it changes
// anything. If the directory is renamed or replaced, every further save fails, and no file is
// written elsewhere.
class CAIRN_EXPORT ModelSaver final : public Callback {
 public:
  // Borrows `fs`, `session` and `components`, which must outlive the saver. Begin or the first save
  // makes the directory.
  ModelSaver(FileSystem& fs, std::string directory, Session& session,
             const RunComponents& components, ModelSaverOptions options = {});

  // Makes the directory and locks it, so that a second trainer stops before it has trained. Trainer
  // calls it; in a loop of your own, the call is optional. Errors: kLocked (the message names the
  // holder), kChanged (the directory was renamed or replaced), kReadOnly, kNoSpace, kIo.
  Status Begin();

  // Saves now; for any loop. After an error, Save may be called again for the same step. An
  // existing `model-STEP` that is damaged (see IsDamage in verdict.h) is moved to the folder
  // `damaged`, with a warning: the run was resumed from an older checkpoint and has reached this
  // step again. One that verifies is an error and stays in place, and so does one that could not be
  // read. Errors: those of Begin, kExists, those of reading an existing checkpoint, of Snapshot and
  // of RunComponents::Save; the earlier checkpoints are still there. An old checkpoint that
  // cannot be removed is a warning.
  Result<SavedCheckpoint> Save(const TrainPosition& position);

  std::string_view name() const override { return "ModelSaver"; }
  CallbackStage stage() const override { return CallbackStage::kSaver; }
  Status BeforeTrain(const TrainPosition& position) override;
  // Saves, unless this step is saved already.
  Status Trigger(const TrainPosition& position) override;
  Status AfterTrain(const TrainPosition& position) override { return Trigger(position); }
  Status BeforeStop(const TrainPosition& position) override { return Trigger(position); }

 private:
  struct Attempt {
    int64_t step = 0;
    bool committed = false;
  };

  FileSystem& fs() const { return held_ ? *held_ : fs_; }

  Status CreateDirectory();
  Status HoldDirectory();
  Status CheckSameDirectory() const;
  Status TakeLock();
  Result<std::optional<StateFile>> ReadState(SavedCheckpoint& saved) const;
  void CleanUp(const std::optional<StateFile>& state, int64_t step, SavedListing& listing,
               SavedCheckpoint& saved);
  Result<bool> MakeWay(int64_t step, const SavedFiles& files, SavedCheckpoint& saved);
  Status Write(const TrainPosition& position, SavedCheckpoint& saved);
  Status Judge(int64_t step);
  Status Retain(int64_t step, std::optional<StateFile> state, SavedCheckpoint& saved);

  std::string PathOf(int64_t step) const;

  FileSystem& fs_;
  std::string directory_;
  Session& session_;
  const RunComponents& components_;
  ModelSaverOptions options_;
  bool is_directory_durable_ = false;
  // Reaches files through the open directory; null where `fs_` does not support that.
  std::unique_ptr<FileSystem> held_;
  std::optional<RunLock> lock_;
  bool has_warned_of_lock_ = false;
  int64_t last_step_ = 0;           // the last step that the callback saved, or where the run began
  std::optional<Attempt> attempt_;  // a save that ended with an error after it began to write
  std::map<int64_t, Status> verdicts_;  // what reading each checkpoint returned, by step
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_MODEL_SAVER_H_
