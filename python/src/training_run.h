// A training whose loop is a program's own: what is saved, when, and what is kept beside.
#ifndef CAIRN_PYTHON_TRAINING_RUN_H_
#define CAIRN_PYTHON_TRAINING_RUN_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cairn/session/session_init.h"
#include "cairn/train/auto_resume.h"
#include "cairn/train/best_saver.h"
#include "cairn/train/model_saver.h"
#include "cairn/train/monitors.h"
#include "cairn/train/periodic_trigger.h"
#include "cairn/train/resume.h"

namespace cairn::python {

// A statistic whose best checkpoint is kept under a second name.
struct BestStatistic {
  std::string statistic;
  std::string filename = {};  // empty: as BestSaverOptions says
  bool is_largest = false;
};

// The texts that a run keeps beside its variables.
struct StateNames {
  std::vector<std::string> states = {};
  std::vector<std::string> generators = {};
  bool has_data = false;  // whether there is a data position
};

struct TrainingRunOptions {
  std::string directory = {};
  ModelSaverOptions saver = {};
  TriggerPeriod period = {};
  MonitorsOptions monitors = {};
  int64_t steps_per_epoch = 0;  // 0: the program says where an epoch ends
  std::vector<BestStatistic> best = {};
  StateNames names = {};
};

// Calls what Trainer calls, for a loop that the program has. Position and files are the same as
// Trainer's. Used by one thread at a time.
class TrainingRun {
 public:
  using Scalars = std::vector<std::pair<std::string, double>>;
  using TextOf = std::function<std::string(const std::string& key)>;

  // Borrows `fs`, `session` and `log`. `text_of` returns the present text of "state/NAME",
  // "generator/NAME" and "data".
  TrainingRun(FileSystem& fs, Session& session, Log& log, TextOf text_of,
              TrainingRunOptions options);
  TrainingRun(const TrainingRun&) = delete;
  // Waits until everything is written.
  ~TrainingRun();

  // Goes on where the newest good checkpoint was saved. Errors: those of Resume; kArgument (the
  // training has begun).
  Result<Resumed> ResumeNewest(const ResumeOptions& options);
  // The same for the directory of a run of tensorpack, too. `loader` may be null: it gives the
  // variables of a new run their values. Errors: those of AutoResumeTrainConfig::Make.
  Result<Resumed> AutoResume(const SessionInit* loader, int64_t starting_epoch,
                             const AutoResumeOptions& options);

  // Locks the directory; Step and Save call it. Does nothing the second time. Errors: those of
  // Setup and BeforeTrain of all callbacks.
  Status Begin();
  // Says that so many steps are done since the run began. Records the scalars, and saves if that is
  // due. The epoch ends where `ends_epoch` says so or `steps_per_epoch` are done. Errors: kArgument
  // (no more steps than before), those of the callbacks.
  Status Step(int64_t num_done, const Scalars& scalars, bool ends_epoch);
  // Saves now, unless this step is saved already. Errors: those of ModelSaver::Save.
  Status Save();
  // Waits until everything is written. Errors: what went wrong since the last call.
  Status Wait() { return saver_.Wait(); }
  // Saves the last step, unless that is done, and waits. No error is passed over.
  Status End(bool will_be_resumed);
  // Waits until nothing is left to write, and saves nothing.
  void Abandon() { saver_.AfterError(); }

  const TrainPosition& position() const { return position_; }
  const std::string& directory() const { return saver_.directory(); }
  const std::vector<std::unique_ptr<BestSaver>>& best() const { return best_; }
  const Monitors& monitors() const { return monitors_; }
  // Returns what was saved since the last call.
  std::vector<SavedCheckpoint> TakeSaved();

 private:
  class StateText;

  void AddComponents();
  Status CheckNotBegun() const;
  TrainConfig Config();
  Status ForEach(const std::function<Status(Callback&)>& call);
  Status TriggerBest(const Scalars& scalars);
  Status EndEpoch();

  FileSystem& fs_;
  Session& session_;
  Log& log_;
  const TextOf text_of_;
  const TrainingRunOptions options_;
  RunComponents components_;
  Monitors monitors_;
  ModelSaver saver_;
  PeriodicTrigger periodic_;
  std::vector<std::unique_ptr<BestSaver>> best_;
  std::vector<std::unique_ptr<StateText>> states_;

  bool has_begun_ = false;
  TrainPosition position_;
  std::optional<TrainPosition> resume_at_;
  int64_t saved_step_ = -1;  // the last step that Save has saved
  std::mutex mutex_;         // guards the next one
  std::vector<SavedCheckpoint> saved_;
};

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_TRAINING_RUN_H_
