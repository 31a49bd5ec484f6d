// Saves a run, durably and in one commit, and keeps the newest checkpoints.
#ifndef CAIRN_TRAIN_MODEL_SAVER_H_
#define CAIRN_TRAIN_MODEL_SAVER_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/session/session.h"
#include "cairn/train/callback.h"
#include "cairn/train/retention.h"
#include "cairn/train/run_parts.h"
#include "cairn/train/saved_files.h"

namespace cairn {

// What one save did.
struct SavedModel {
  std::string name;                        // "model-20", in the saver's directory
  SaveReport report = {};                  // empty where the retry of a save found it committed
  std::vector<std::string> removed = {};   // checkpoints that made room, and leftovers of crashes
  std::vector<std::string> warnings = {};  // what went wrong without making the save less safe
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
// One saver a directory at a time: nothing keeps a second one out.
class ModelSaver final : public Callback {
 public:
  // Borrows all of them. The directory is made by the first save.
  ModelSaver(FileSystem& fs, std::string directory, Session& session, const RunParts& parts,
             ModelSaverOptions options = {});

  // Usable from any loop. A step names a state: after an error Save may be called again for the
  // same step. A `model-STEP` that is there and does not verify, because the run was resumed from
  // an older one, is moved to the folder `damaged` and reported; one that verifies is an error.
  // Errors: kExists, kNoSpace, kIo, kReadOnly, those of Snapshot and of RunParts::Save; everything
  // acknowledged before is still there. An error of retention is a warning of the save.
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

  Status Trigger(const TrainPosition& position);
  Status CreateDirectory();
  std::optional<StateFile> ReadState(SavedModel& saved) const;
  void CleanUp(const std::optional<StateFile>& state, int64_t step, SavedListing& listing,
               SavedModel& saved);
  Result<bool> MakeWay(int64_t step, const SavedFiles& files, SavedModel& saved);
  Status Write(const TrainPosition& position, SavedModel& saved);
  Status CheckSound(int64_t step);
  Status Retain(int64_t step, std::optional<StateFile> state, SavedModel& saved);

  std::string PathOf(int64_t step) const;

  FileSystem& fs_;
  std::string directory_;
  Session& session_;
  const RunParts& parts_;
  ModelSaverOptions options_;
  bool is_directory_durable_ = false;
  int64_t last_step_ = 0;               // as a callback: saved, or where the run began
  std::optional<Attempt> attempt_;      // a save that ended with an error after it began to write
  std::map<int64_t, Status> verdicts_;  // of checkpoints that this saver has read back
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_MODEL_SAVER_H_
