#include "cairn/train/auto_resume.h"

#include <optional>

#include "cairn/core/escape.h"
#include "cairn/monitor/stats_file.h"
#include "cairn/session/memory_session.h"
#include "cairn/state/run_directory.h"

namespace cairn {
namespace {

using Notes = std::vector<std::string>;

// "step 12 (epoch 3)", as far as the last entry says it.
std::string EndOf(const StatsHistory& stats) {
  const std::optional<int64_t> step = stats.last_step(), epoch = stats.last_epoch();
  const std::string words = epoch ? "epoch " + std::to_string(*epoch) : "an unknown epoch";
  return step ? "step " + std::to_string(*step) + " (" + words + ")" : words;
}

// Returns the statistics of the directory, none where it has none that can be used: without them,
// epochs are counted.
StatsHistory ReadStatistics(FileSystem& fs, const std::string& directory, Notes& notes) {
  Result<StatsHistory> stats = ReadStatsFile(fs, directory);
  if (stats.ok()) return *std::move(stats);
  if (stats.status().reason() != Reason::kMissing)
    notes.push_back("statistics are not used: " + std::string(stats.status().message()));
  return {};
}

// A checkpoint of this library has the epoch of its own step, and stats.json may be of a later one.
void NoteLaterStatistics(const StatsHistory& stats, const TrainPosition& position, Notes& notes) {
  StatsHistory known = stats;
  known.CutAfter(position.step);
  if (known.size() == stats.size()) return;
  notes.push_back("checkpoint and statistics disagree: stats.json goes to " + EndOf(stats) +
                  ", the checkpoint is of step " + std::to_string(position.step) +
                  ": the steps after it are done again");
}

// Returns the position at a step, of a run that has done `known` at an earlier step or at this one.
TrainPosition CountFrom(const TrainPosition& known, int64_t step, int64_t steps_per_epoch) {
  const int64_t more = step - known.step;
  return {.step = step,
          .epoch = known.epoch + more / steps_per_epoch,
          .epoch_step = more % steps_per_epoch};
}

// Returns the epoch of a checkpoint without a run state, which was saved at `step`.
TrainPosition PositionByStatistics(int64_t step, const StatsHistory& stats, int64_t steps_per_epoch,
                                   Notes& notes) {
  const std::string of_checkpoint = "the checkpoint is of step " + std::to_string(step);
  StatsHistory known = stats;
  known.CutAfter(step);
  if (known.size() < stats.size())
    notes.push_back("checkpoint and statistics disagree: stats.json goes to " + EndOf(stats) +
                    ", " + of_checkpoint);
  // Numbers of another program may be anything; those that no run reaches are none.
  constexpr int64_t kMax = int64_t{1} << 53;
  const std::optional<int64_t> epoch = known.last_epoch(), end = known.last_step();
  if (!epoch || *epoch < 0 || *epoch > kMax || (end && *end < 0)) {
    const TrainPosition counted = CountFrom({}, step, steps_per_epoch);
    notes.push_back("no statistics of an epoch: by its step and " +
                    std::to_string(steps_per_epoch) + " steps in each epoch, " +
                    std::to_string(counted.epoch) + " epochs are done");
    return counted;
  }
  if (!end) return {.step = step, .epoch = *epoch};
  if (known.size() == stats.size() && *end < step)
    notes.push_back("checkpoint and statistics disagree: stats.json ends at " + EndOf(stats) +
                    ", " + of_checkpoint + ": the steps between are not trained again");
  return CountFrom({.step = *end, .epoch = *epoch}, step, steps_per_epoch);
}

// Notes what is given and is not used, because a run is resumed.
void NoteUnused(const TrainConfig& given, int64_t starting_epoch, Notes& notes) {
  if (given.session_init)
    notes.push_back("session_init is not used: the run in the directory is resumed");
  if (given.starting_epoch != 1 && given.starting_epoch != starting_epoch)
    notes.push_back("starting_epoch " + std::to_string(given.starting_epoch) +
                    " is not used: the run goes on in epoch " + std::to_string(starting_epoch));
}

Status CheckGiven(const std::string& directory, const TrainConfig& given) {
  const auto refuse = [](std::string what) { return Status(Reason::kArgument, std::move(what)); };
  if (directory.empty()) return refuse("the directory of the run is an empty text");
  if (!given.components) return refuse("the training has no components (TrainConfig)");
  if (given.resume_at) return refuse("resume_at is given, and the directory must say it");
  if (given.steps_per_epoch < 1)
    return refuse("steps_per_epoch is " + std::to_string(given.steps_per_epoch) +
                  ", at least 1 expected");
  return {};
}

void LogLines(const Resumed& resumed, Log* log) {
  if (!log) return;
  if (resumed.checkpoint) log->Info("Will load checkpoint at " + Escape(*resumed.checkpoint) + ".");
  for (const std::string& line : resumed.passed_over) log->Warning("passed over " + line);
  for (const std::string& line : resumed.notes) log->Warning(line);
}

// The start that the program gave, although a run may be there.
Status NoteRunThatIsThere(FileSystem& fs, const std::string& directory, Notes& notes) {
  CAIRN_ASSIGN_OR_RETURN(const RunDirectory run, ScanRunDirectory(fs, directory));
  if (!run.checkpoints.empty())
    notes.push_back("the run in " + Escape(directory) +
                    " is not resumed: session_init is given, and always_resume is false");
  return {};
}

}  // namespace

Result<AutoResumeTrainConfig> AutoResumeTrainConfig::Make(FileSystem& fs,
                                                          const std::string& directory,
                                                          TrainConfig given,
                                                          const AutoResumeOptions& options) {
  CAIRN_RETURN_IF_ERROR(CheckGiven(directory, given));
  AutoResumeTrainConfig config(std::move(given));
  Notes& notes = config.resumed.notes;
  if (!options.always_resume && config.session_init) {
    CAIRN_RETURN_IF_ERROR(NoteRunThatIsThere(fs, directory, notes));
    LogLines(config.resumed, config.log);
    return config;
  }

  MemorySession no_variables;
  Session& session = config.session ? *config.session : no_variables;
  CAIRN_ASSIGN_OR_RETURN(config.resumed,
                         Resume(fs, directory, session, *config.components, options.resume));
  const StatsHistory stats = ReadStatistics(fs, directory, notes);
  if (!config.resumed.checkpoint) {
    if (!stats.empty())
      notes.push_back("checkpoint and statistics disagree: stats.json goes to " + EndOf(stats) +
                      ", there is no checkpoint: the run begins from scratch");
    config.resume_at = TrainPosition();
    LogLines(config.resumed, config.log);
    return config;
  }

  TrainPosition& position = config.resumed.position;
  const bool is_epoch_given = !options.always_resume && config.starting_epoch != 1;
  if (config.resumed.has_run_state) {
    NoteLaterStatistics(stats, position, notes);
  } else if (is_epoch_given) {
    position.epoch = config.starting_epoch - 1;
  } else {
    position = PositionByStatistics(position.step, stats, config.steps_per_epoch, notes);
  }
  NoteUnused(config, position.epoch + 1, notes);
  config.resume_at = position;
  config.starting_epoch = position.epoch + 1;
  LogLines(config.resumed, config.log);
  return config;
}

}  // namespace cairn
