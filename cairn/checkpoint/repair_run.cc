// RepairRun: all checkpoints of a directory, and its state file.
#include <algorithm>

#include "cairn/checkpoint/checkpoint_files.h"
#include "cairn/checkpoint/missing_hint.h"
#include "cairn/checkpoint/repair.h"
#include "cairn/checkpoint/run_directory.h"
#include "cairn/checkpoint/state_file.h"
#include "cairn/core/escape.h"
#include "cairn/io/path.h"

namespace cairn {
namespace {

// By step; those without one first, as a run directory lists them.
std::vector<std::string> NamesByStep(const RunDirectory& run) {
  std::vector<std::pair<std::optional<int64_t>, std::string>> names;
  for (const RunCheckpoint& checkpoint : run.checkpoints)
    names.emplace_back(checkpoint.step, checkpoint.name);
  for (const std::string& name : run.uncommitted) names.emplace_back(StepOfName(name), name);
  std::ranges::stable_sort(names);
  std::vector<std::string> sorted;
  for (auto& [step, name] : names) sorted.push_back(std::move(name));
  return sorted;
}

Status CheckIsFree(FileSystem& fs, const std::string& directory) {
  CAIRN_ASSIGN_OR_RETURN(const RunDirectory run, ScanRunDirectory(fs, directory));
  if (run.checkpoints.empty() && run.uncommitted.empty() && !run.has_state_file) return {};
  return Status(Reason::kExists, Escape(directory) + ": there are checkpoints in it")
      .WithHint("a repair makes new ones: name a directory that is empty or does not exist");
}

bool EndsAll(const Status& status) {
  return status.reason() == Reason::kCancelled || status.reason() == Reason::kNoSpace ||
         status.reason() == Reason::kNoMemory;
}

}  // namespace

Result<RunRepairReport> RepairRun(FileSystem& fs, const std::string& from, const std::string& to,
                                  const RepairOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const RunDirectory run, ScanRunDirectory(fs, from));
  const std::vector<std::string> names = NamesByStep(run);
  if (names.empty()) {
    return Status(Reason::kMissing, Escape(from) + ": no checkpoint")
        .WithHint(HintOfEmptyDirectory(fs, from));
  }
  CAIRN_RETURN_IF_ERROR(CheckIsFree(fs, to));
  RunRepairReport repaired;
  StateFile state;
  for (const std::string& name : names) {
    auto report = Repair(fs, JoinPath(from, name), JoinPath(to, name), options);
    if (!report.ok() && EndsAll(report.status())) return report.status();
    RepairedCheckpoint checkpoint{name, report.status(), {}};
    if (report.ok()) {
      checkpoint.report = *std::move(report);
      state.all.push_back(name);
    }
    repaired.checkpoints.push_back(std::move(checkpoint));
  }
  if (state.all.empty()) return repaired;
  // What a saver lists it may remove one day: copies of the best, which have no step, are not its.
  if (StepOfName(state.all.back()))
    std::erase_if(state.all, [](const std::string& name) { return !StepOfName(name); });
  state.latest = state.all.back();
  CAIRN_RETURN_IF_ERROR(WriteStateFile(fs, to, state));
  repaired.newest = state.latest;
  return repaired;
}

}  // namespace cairn
