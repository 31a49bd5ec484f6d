// Records the scalars of a run: in stats.json, in event files, and in the log.
#ifndef CAIRN_TRAIN_MONITORS_H_
#define CAIRN_TRAIN_MONITORS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/io/file_system.h"
#include "cairn/monitor/event_file.h"
#include "cairn/monitor/log.h"
#include "cairn/monitor/progress_line.h"
#include "cairn/monitor/stats_file.h"
#include "cairn/train/callback.h"

namespace cairn {

struct MonitorsOptions {
  bool writes_stats = true;   // an entry of stats.json for each epoch
  bool writes_events = true;  // every scalar into an event file
  bool writes_log = true;     // the scalars of each epoch, sorted by name, into the log
  // Shows the progress of each epoch. Borrowed; null: it is not shown.
  ProgressLine* progress = nullptr;
  // Returns seconds since 1970, for event files and for the names of files that are moved. Null:
  // the machine's clock.
  std::function<double()> clock = {};
};

// Add it to the run, and give it to whoever has something to record. It is used by the thread that
// trains; only the function of MakeFileSync may be called by another one.
//
// Its state has all statistics and the latest values, so a checkpoint has the statistics of its own
// step. A resumed run writes stats.json anew from that state, whatever the file holds, and takes
// back the events of later steps. Thus an interrupted run ends with the same stats.json and the
// same events as one that was not interrupted; no event is there twice. Event files that were there
// before the run began stay as they are.
//
// A run without such a state does as tensorpack does. It continues an existing stats.json if the
// last epoch there is the one before its first, and moves any other one to
// `stats.json.MMDD-HHMMSS`. If it resumes a checkpoint of tensorpack that is not the newest, it
// goes on with the entries up to the step of that checkpoint.
//
// Files are read and changed after BeforeTrain of all callbacks: a training that a saver refuses,
// such as a second one in the same directory, changes nothing.
//
// No trouble with a file ends the training: it is an error line in the log. No step waits for a
// disk.
class CAIRN_EXPORT Monitors final : public Callback {
 public:
  // Borrows `fs` and `log`, which must outlive it and the functions of MakeFileSync. `directory` is
  // made if it does not exist.
  Monitors(FileSystem& fs, std::string directory, Log& log, MonitorsOptions options = {});

  // Records a value of the step that is being done or, from AfterRun on, of the one that was just
  // done; between two steps, from BeforeEpoch to BeforeRun, of the next one. Of several values of
  // one name in an epoch the last one is in the statistics. NaN and infinities are values.
  // Callbacks of the stages kBestSaver and kSaver must not record anything.
  void Put(std::string_view name, double value);

  struct Recorded {
    double value = 0;
    int64_t step = 0;  // counts the step at which it was recorded

    friend bool operator==(const Recorded&, const Recorded&) = default;
  };
  // Returns the most recently recorded value, in this process or before; nothing if there is none.
  std::optional<Recorded> Latest(std::string_view name) const;

  // The entries of all epochs so far.
  const StatsHistory& stats() const { return stats_; }

  std::string_view name() const override { return "Monitors"; }
  CallbackStage stage() const override { return CallbackStage::kMonitors; }
  Status Setup(const TrainConfig& config) override;
  Status BeforeTrain(const TrainPosition& position) override;
  Status BeforeEpoch(const TrainPosition& position) override;
  Status BeforeRun(const TrainPosition& position) override;
  Status TriggerStep(const TrainPosition& position) override;
  Status AfterTrain(const TrainPosition& position) override;
  Status BeforeStop(const TrainPosition& position) override;
  // Adds an entry to the statistics; called after each epoch. PeriodicTrigger is not for Monitors.
  Status Trigger(const TrainPosition& position) override;

  std::string SaveState() const override;
  // Errors: kFormat, kVersion.
  Status LoadState(std::string_view state) override;
  // Syncs the event file. A failure is only logged: events are not worth a checkpoint.
  std::function<Status()> MakeFileSync() const override;

 private:
  // Does what the first hook after BeforeTrain must do: until then a saver may find that another
  // process trains here, or refuse to train for another reason, and no file may change.
  void BeginFiles();
  void BeginStats(const TrainPosition& position);
  void ContinueStats(const TrainPosition& position);
  // Returns whether it did.
  bool MoveStatsAside(int64_t starting_epoch);
  void WriteStats();
  void CutEvents(int64_t step);
  void FlushEvents();
  void LogScalars() const;
  void LogError(std::string_view what, const Status& error) const;

  FileSystem& fs_;
  const std::string directory_;
  Log& log_;
  const MonitorsOptions options_;
  const std::function<double()> clock_;
  EventWriter events_;

  // The state.
  StatsHistory stats_;
  std::map<std::string, Recorded, std::less<>> latest_;
  std::vector<std::string> names_of_epoch_;  // put since the last entry, in the order of the first
  uint64_t num_events_ = 0;                  // of the run, in all its event files
  std::set<std::string> earlier_event_files_;  // were there before the run began

  std::optional<TrainPosition> begin_ = {};  // of the training, until its files are begun
  bool has_state_ = false;                   // LoadState was called
  bool is_resumed_ = false;                  // the training was told where to go on
  bool writes_stats_ = false;  // as in the options, unless an old stats.json could not be moved
  bool events_fail_ = false;   // the last flush failed, and that was logged
  uint64_t num_events_loaded_ = 0;
  int64_t steps_per_epoch_ = 0;
  int64_t step_ = 1;  // the step of a value that is put now
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_MONITORS_H_
