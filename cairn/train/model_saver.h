// Saves a run durably and in one commit, also in the background, and removes old checkpoints.
#ifndef CAIRN_TRAIN_MODEL_SAVER_H_
#define CAIRN_TRAIN_MODEL_SAVER_H_

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/monitor/log.h"
#include "cairn/run/run_lock.h"
#include "cairn/saver/retention.h"
#include "cairn/saver/saved_checkpoint.h"
#include "cairn/saver/saved_files.h"
#include "cairn/session/session.h"
#include "cairn/train/callback.h"
#include "cairn/train/monitors.h"
#include "cairn/train/run_components.h"

namespace cairn {

class BackgroundWriter;
class CheckpointWriter;
class SnapshotMemory;
struct NamedCopy;
struct SaveJob;

struct ModelSaverOptions {
  // See retention.h. The rules apply to every `model-STEP` of the directory, no matter which
  // process saved it. Checkpoints of other names are never removed.
  RetentionRules retention = {};
  // The variables to save: every variable that is in one of these collections, which are
  // `variables` (all that are not local), `trainable_variables`, `model_variables` and
  // `local_variables`. Empty: `variables`. A run resumes bit-identical only if all of its variables
  // are saved.
  std::vector<std::string> var_collections = {};
  CheckpointFormat format = CheckpointFormat::kTensorFlow;
  SaveDurability durability = SaveDurability::kPower;

  // Save copies the variables into memory, and a thread writes them while the training goes on.
  bool background = false;
  IfStillSaving if_still_saving = IfStillSaving::kWait;
  // The most bytes that the copy of one save may take; nothing: a copy of all variables. Strings
  // and the state of the run are copied whatever they take.
  //
  // Variables without room in the copy are frozen (see Session::Freeze), and are written from where
  // they are. Each is released as soon as its bytes are handed to the system; a step that is to
  // change it waits until then. If the disk gets full after that, the save is not tried again: the
  // next one finds the room that was made.
  //
  // If the session cannot freeze variables and the copy has no room for all of them, the save is
  // written in the foreground: Save returns when it is done, and a warning says so the first time.
  std::optional<uint64_t> copy_budget = {};

  // Called after every save, by the thread that writes. If it is null, warnings only go to the log.
  std::function<void(const SavedCheckpoint&)> on_saved = {};
  // Borrowed. Null: nothing is logged.
  Log* log = nullptr;
  // Has the statistic of retention.keep_best. Borrowed.
  const Monitors* monitors = nullptr;
  // Whether the saver takes over a lease that another host has on the directory: see run_lock.h.
  IfHeldElsewhere if_held_elsewhere = IfHeldElsewhere::kFail;
  // 0 = one thread in the background, else as many as the machine has. The alignment is that of
  // the format where it can have none of 64.
  SaveOptions save = {.alignment = 64, .transfer = {}};
  // Returns seconds since 1970, for the state file. If it is null, the machine's clock is used.
  std::function<double()> clock = {};
};

// Writes `model-STEP`, which has every variable of the session that is not local and the state of
// the run's components. When a save is done, a run that is resumed after a crash or a power cut
// begins at this step or a later one. Whenever the process dies, the directory holds every
// checkpoint that was saved, except the ones that retention removed.
//
// The steps of a save are: write the checkpoint, read back what was written, write the new state
// file, sync all, rename the files of the checkpoint into place (the last one is the commit), then
// the state file, copy, remove old checkpoints. Equal runs write equal bytes; the time is only in
// the state file.
//
// A directory has one saver at a time. The saver holds the lock of the directory (run_lock.h) from
// Begin or the first Save until it is destroyed; a second saver gets an error before it changes
// anything. If the directory is renamed or replaced, every further save fails, and no file is
// written elsewhere.
//
// In the background, Save returns when variables and components are copied or frozen, all of one
// step. The save is done when on_saved is called, or when Wait returns success. No error is
// dropped: trouble of the disk (full, a quota, read-only) is logged and returned by Wait, and the
// training goes on; every other error is returned by the next Save or by Wait, whichever comes
// first.
class CAIRN_EXPORT ModelSaver final : public Callback {
 public:
  // Borrows `fs`, `session` and `components`, which must outlive the saver. Callbacks, generators
  // and data of the components are used while Save runs and not after it, so they may be destroyed
  // while a checkpoint is being written. Begin or the first save makes the directory.
  ModelSaver(FileSystem& fs, std::string directory, Session& session,
             const RunComponents& components, ModelSaverOptions options = {});
  // Waits until everything is written.
  ~ModelSaver() override;

  // Makes the directory and locks it, so that a second trainer stops before it has trained. Then
  // does what a crash left undone of the last save of the run: it writes the state file, and
  // removes old checkpoints and leftovers. Where the disk is full or read-only, that stays undone,
  // and the log says so. Trainer does the same; call Begin in a loop of your own, before or after
  // Resume, since a run that has no step left to do does not save again. Errors: kLocked (the
  // message names the holder), kChanged (the directory was renamed or replaced), kReadOnly,
  // kNoSpace, kIo.
  Status Begin();

  // Saves now; for any loop. After an error, Save may be called again for the same step. An
  // existing `model-STEP` that is damaged (see IsDamage in verdict.h) is moved to the folder
  // `damaged`, with a warning: the run was resumed from an older checkpoint and has reached this
  // step again. One that verifies is an error and stays in place, and so does one that could not be
  // read. On a full disk the checkpoints that this save would let go are removed first; never the
  // newest of them all. Errors: those of Begin, kExists, those of reading an existing checkpoint,
  // of Snapshot and of RunComponents::Save; the earlier checkpoints are still there. An old
  // checkpoint that cannot be removed is a warning.
  //
  // In the background only the name in the result is known.
  Result<SavedCheckpoint> Save(const TrainPosition& position);
  // Waits until everything is written. Errors: what went wrong since the last call.
  Status Wait();

  // The checkpoint of this step, which is to be saved next or was the last, gets a second name,
  // whatever lay under it before: the files are shared where the file system can. The next Trigger
  // saves, even where it would not. `log_line` is logged when it is done. For MinSaver and
  // MaxSaver.
  void CopyTo(std::string name, int64_t step, std::string log_line = {});
  // Returns, once, whether a checkpoint could not be copied to `name`, or not be saved at all.
  bool TakeFailedCopy(const std::string& name);
  const std::string& directory() const;
  // Returns the last step that Trigger has saved, or the step at which the training began.
  int64_t last_step() const { return last_step_; }

  std::string_view name() const override { return "ModelSaver"; }
  CallbackStage stage() const override { return CallbackStage::kSaver; }
  // Errors: kArgument (retention.keep_best without monitors).
  Status Setup(const TrainConfig& config) override;
  // Locks the directory, and writes `graph-MMDD-HHMMSS.meta` if the session has a metagraph. A
  // directory with sound checkpoints of later steps is refused (kExists): they are those of another
  // training, or of this one, which was not resumed.
  Status BeforeTrain(const TrainPosition& position) override;
  // Saves, unless this step is saved already. Trouble of the disk is logged, and the training goes
  // on; any other error ends it.
  Status Trigger(const TrainPosition& position) override;
  Status TriggerStep(const TrainPosition& position) override;
  bool is_due() const override { return !copies_.empty(); }
  // Save the last step, and wait: no error is passed over any more.
  Status AfterTrain(const TrainPosition& position) override;
  Status BeforeStop(const TrainPosition& position) override { return AfterTrain(position); }
  // Waits until nothing is left to write, so that a program that ends after an error leaves the
  // last checkpoint complete.
  void AfterError() override;
  // The rules of retention, and the values that it needs: retention_record.h.
  std::string SaveState() const override;
  Status LoadState(std::string_view state) override;

 private:
  Log& log() const { return options_.log ? *options_.log : NoLog(); }
  Status Lock();
  Status FinishNewestSave();
  Status FinishEarlierSave(int64_t step);
  Status WriteMetaGraph();
  void RememberValue(int64_t step);
  Result<TensorDict> TakeSnapshot(const TrainPosition& position);
  Result<SaveJob> MakeJob(const TrainPosition& position);
  Result<bool> KeepFor(SaveJob& job);
  void SayForeground(int64_t step, uint64_t nbytes);
  Result<SavedCheckpoint> SaveInBackground(const TrainPosition& position, bool must_save);
  Result<SavedCheckpoint> SaveStep(const TrainPosition& position, bool must_save);
  std::vector<NamedCopy> TakeCopies(int64_t step);
  Result<SavedCheckpoint> Write(const SaveJob& job);
  Status MakeCopies();
  void Report(const SavedCheckpoint& saved);

  Session& session_;
  const RunComponents& components_;
  ModelSaverOptions options_;
  std::unique_ptr<CheckpointWriter> writer_;
  // In the background: one copy is written while the other one, if there is one, waits.
  std::array<std::unique_ptr<SnapshotMemory>, 2> memories_;
  std::unique_ptr<BackgroundWriter> background_;  // made by the first save
  bool has_said_foreground_ = false;
  std::map<int64_t, double> values_;   // of the statistic of retention.keep_best, by step
  bool has_finished_earlier_ = false;  // what a crash left undone
  int64_t last_step_ = 0;              // the last step that Trigger saved, or where the run began
  // The last step that is saved. Written by the thread that writes, and read when that is idle.
  int64_t saved_step_ = 0;
  struct AskedCopy {
    int64_t step = 0;
    std::string log_line;
  };
  std::map<std::string, AskedCopy> copies_;  // by name: which checkpoints are to get it
  std::mutex mutex_;                         // guards the next one
  std::set<std::string> failed_copies_;
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_MODEL_SAVER_H_
