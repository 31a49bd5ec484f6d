#include "cairn/train/monitors.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "cairn/core/escape.h"
#include "cairn/io/durable_files.h"
#include "cairn/io/path.h"
#include "cairn/monitor/cut_event_files.h"
#include "cairn/monitor/five_digits.h"
#include "cairn/monitor/move_aside.h"
#include "cairn/monitor/time_stamp.h"
#include "cairn/train/monitors_state.h"
#include "cairn/train/train_config.h"

namespace cairn {
Monitors::Monitors(FileSystem& fs, std::string directory, Log& log, MonitorsOptions options)
    : fs_(fs),
      directory_(directory.empty() ? "." : std::move(directory)),
      log_(log),
      options_(std::move(options)),
      clock_(options_.clock ? options_.clock : SecondsSince1970),
      events_(fs_, directory_, clock_),
      writes_stats_(options_.writes_stats) {}

void Monitors::Put(std::string_view name, double value) {
  latest_[std::string(name)] = {value, step_};
  if (std::ranges::find(names_of_epoch_, name) == names_of_epoch_.end())
    names_of_epoch_.emplace_back(name);
  if (!options_.writes_events) return;
  events_.Add(name, value, step_);
  ++num_events_;
}

std::optional<Monitors::Recorded> Monitors::Latest(std::string_view name) const {
  const auto found = latest_.find(name);
  return found == latest_.end() ? std::nullopt : std::optional(found->second);
}

Status Monitors::Setup(const TrainConfig& config) {
  steps_per_epoch_ = config.steps_per_epoch;
  is_resumed_ = config.resume_at.has_value();
  // A value that is put before the training begins.
  step_ = 1 + (config.resume_at ? config.resume_at->step
                                : (config.starting_epoch - 1) * config.steps_per_epoch);
  return {};
}

Status Monitors::BeforeTrain(const TrainPosition& position) {
  // Where the steps of an epoch are done and its end is not, values belong to the last step.
  const bool is_between_steps = position.epoch_step == 0 || position.epoch_step < steps_per_epoch_;
  step_ = position.step + (is_between_steps ? 1 : 0);
  begin_ = position;
  if (options_.writes_events && !has_state_ && !is_resumed_) {
    const Result<std::set<std::string>> event_files = ListEventFiles(fs_, directory_);
    if (event_files.ok()) earlier_event_files_ = *event_files;
  }
  if (options_.progress && position.epoch_step != 0)
    options_.progress->Begin(position.epoch + 1, steps_per_epoch_, position.epoch_step);
  return {};
}

void Monitors::BeginFiles() {
  if (!begin_) return;
  const TrainPosition position = *std::exchange(begin_, std::nullopt);
  if (const Status made = fs_.CreateDirectories(directory_); !made.ok())
    LogError("the directory of the statistics", made);
  if (writes_stats_) BeginStats(position);
  if (options_.writes_events && (has_state_ || is_resumed_)) CutEvents(position.step);
}

Status Monitors::BeforeRun(const TrainPosition&) {
  BeginFiles();
  return {};
}

Status Monitors::BeforeEpoch(const TrainPosition& position) {
  BeginFiles();
  step_ = position.step + 1;
  if (options_.progress) options_.progress->Begin(position.epoch + 1, steps_per_epoch_, 0);
  return {};
}

Status Monitors::TriggerStep(const TrainPosition& position) {
  FlushEvents();
  if (options_.progress) options_.progress->Update(position.epoch_step);
  // A value between the last step of an epoch and its end belongs to that step: a checkpoint of
  // the step comes after it. What is put after that checkpoint belongs to the next step, so that a
  // resumed run finds it among the events that it takes back.
  const bool is_last = steps_per_epoch_ > 0 && position.epoch_step == steps_per_epoch_;
  if (!is_last) step_ = position.step + 1;
  return {};
}

Status Monitors::Trigger(const TrainPosition& position) {
  FlushEvents();
  if (options_.progress && position.epoch_step == 0) options_.progress->End();
  std::vector<Scalar> scalars;
  for (const std::string& name : names_of_epoch_) scalars.push_back({name, latest_[name].value});
  stats_.Append(scalars, position.epoch, position.step);
  WriteStats();
  if (options_.writes_log) LogScalars();
  names_of_epoch_.clear();
  step_ = position.step + 1;
  return {};
}

Status Monitors::AfterTrain(const TrainPosition&) {
  FlushEvents();
  return {};
}

Status Monitors::BeforeStop(const TrainPosition&) {
  FlushEvents();
  if (options_.progress) options_.progress->End();
  return {};
}

// ---- The state

std::string Monitors::SaveState() const {
  MonitorsState state{.stats = stats_,
                      .num_events = num_events_,
                      .new_values = {},
                      .old_values = {},
                      .earlier_event_files = earlier_event_files_};
  for (const std::string& name : names_of_epoch_) {
    const Recorded& recorded = latest_.find(name)->second;
    state.new_values.push_back({name, recorded.value, recorded.step});
  }
  for (const auto& [name, recorded] : latest_) {
    if (std::ranges::find(names_of_epoch_, name) == names_of_epoch_.end())
      state.old_values.push_back({name, recorded.value, recorded.step});
  }
  return FormatMonitorsState(state);
}

Status Monitors::LoadState(std::string_view text) {
  CAIRN_ASSIGN_OR_RETURN(MonitorsState state, ParseMonitorsState(text));
  latest_.clear();
  names_of_epoch_.clear();
  for (const MonitorsState::Value& value : state.old_values)
    latest_[value.name] = {value.value, value.step};
  for (const MonitorsState::Value& value : state.new_values) {
    latest_[value.name] = {value.value, value.step};
    names_of_epoch_.push_back(value.name);
  }
  stats_ = std::move(state.stats);
  num_events_ = num_events_loaded_ = state.num_events;
  earlier_event_files_ = std::move(state.earlier_event_files);
  has_state_ = true;
  return {};
}

// ---- Statistics

void Monitors::BeginStats(const TrainPosition& position) {
  if (const Status removed = RemoveTemporaryFiles(fs_, directory_, kStatsFileName); !removed.ok())
    LogError("what an earlier process left of stats.json", removed);
  if (!has_state_) return ContinueStats(position);
  // The checkpoint has the statistics of its own step. The file may be of an earlier or a later
  // one.
  const Result<bool> exists = fs_.Exists(JoinPath(directory_, kStatsFileName));
  if (!stats_.empty() || !exists.ok() || *exists) WriteStats();
}

void Monitors::ContinueStats(const TrainPosition& position) {
  const int64_t starting_epoch = position.epoch + 1;
  const Result<StatsHistory> read = ReadStatsFile(fs_, directory_);
  if (read.status().reason() == Reason::kMissing) return;
  if (!read.ok()) {
    log_.Warning(read.status().message());
    MoveStatsAside(starting_epoch);
    return;
  }
  if (read->empty()) return;
  const std::optional<int64_t> last_epoch = read->last_epoch();
  if (last_epoch == starting_epoch - 1) {
    log_.Info("Found existing JSON inside " + Escape(directory_) + ", will append to it.");
    stats_ = *read;
    return;
  }
  const std::string history = last_epoch ? "History epoch=" + std::to_string(*last_epoch)
                                         : std::string("History without an epoch at its end");
  log_.Warning(history + " from JSON is not the predecessor of the current starting_epoch=" +
               std::to_string(starting_epoch));
  log_.Warning(
      "If you want to resume old training, either use `AutoResumeTrainConfig` or correctly set the "
      "new starting_epoch yourself to avoid inconsistency.");
  if (!MoveStatsAside(starting_epoch) || !is_resumed_) return;
  // The steps after the checkpoint are done again; what was recorded before it stays valid.
  StatsHistory known = *read;
  known.CutAfter(position.step);
  if (known.empty() || known.last_epoch() > position.epoch) return;
  log_.Info("Its entries up to step " + std::to_string(position.step) + " are kept.");
  stats_ = std::move(known);
  WriteStats();
}

// If the old file cannot be moved, it stays, and none is written.
bool Monitors::MoveStatsAside(int64_t starting_epoch) {
  const Result<std::string> backup =
      MoveAside(fs_, JoinPath(directory_, kStatsFileName), "." + NameStamp(clock_()));
  writes_stats_ = backup.ok();
  if (!backup.ok()) {
    LogError("no statistics are written: the old ones", backup.status());
    return false;
  }
  log_.Warning("Now, we will train with starting_epoch=" + std::to_string(starting_epoch) +
               " and backup old json to " + Escape(*backup));
  return true;
}

void Monitors::WriteStats() {
  if (!writes_stats_) return;
  if (const Status written = WriteStatsFile(fs_, directory_, stats_); !written.ok())
    LogError("statistics", written);
}

void Monitors::LogScalars() const {
  std::vector<std::string> names = names_of_epoch_;
  std::ranges::sort(names);
  for (const std::string& name : names)
    log_.Info(Escape(name) + ": " + FiveDigits(latest_.find(name)->second.value));
}

// ---- Events

void Monitors::CutEvents(int64_t step) {
  const Result<EventsCut> cut = CutEventFiles(fs_, directory_, step, earlier_event_files_);
  if (!cut.ok()) return LogError("events of later steps are not taken back", cut.status());
  if (!has_state_ || cut->num_scalars == num_events_loaded_) return;
  log_.Warning(
      "event files hold " + std::to_string(cut->num_scalars) + " scalars up to step " +
      std::to_string(step) + ", " + std::to_string(num_events_loaded_) + " were recorded: " +
      (cut->num_scalars < num_events_loaded_ ? "some are missing" : "some are there twice"));
}

void Monitors::FlushEvents() {
  BeginFiles();
  if (!options_.writes_events) return;
  const uint64_t num_lost = events_.num_lost();
  const Status flushed = events_.Flush();
  // A full disk must not give a line for each step, but every loss gives one.
  if (!flushed.ok() && (!events_fail_ || events_.num_lost() != num_lost))
    LogError("events", flushed);
  events_fail_ = !flushed.ok();
}

std::function<Status()> Monitors::MakeFileSync() const {
  if (!options_.writes_events) return {};
  return [&log = log_, sync = events_.MakeSync()]() -> Status {
    if (const Status synced = sync(); !synced.ok())
      log.Error("events since the last checkpoint may be lost: " + std::string(synced.message()));
    return {};
  };
}

void Monitors::LogError(std::string_view what, const Status& error) const {
  log_.Error(std::string(what) + ": " + std::string(error.message()));
}

}  // namespace cairn
