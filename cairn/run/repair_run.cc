#include "cairn/run/repair_run.h"

// RepairRun: all checkpoints of a directory, and its state file.
#include <algorithm>
#include <ranges>

#include "cairn/checkpoint/missing_hint.h"
#include "cairn/core/escape.h"
#include "cairn/io/path.h"
#include "cairn/state/checkpoint_files.h"
#include "cairn/state/file_checkpoints.h"
#include "cairn/state/run_directory.h"
#include "cairn/state/saved_name.h"
#include "cairn/state/state_file.h"

namespace cairn {
namespace {

// The order of a resumed run, the newest last. Data without an index is put in by the step of its
// name: nothing else is known of it.
std::vector<std::string> NamesInOrder(const RunDirectory& run) {
  struct Item {
    std::optional<int64_t> step;
    std::string name;
  };
  std::vector<Item> items;
  for (const size_t position : std::views::reverse(run.ranking))
    items.push_back({run.checkpoints[position].step, run.checkpoints[position].name});
  for (const std::string& name : run.uncommitted) {
    const auto step = StepOfName(name);
    auto place = items.end();
    while (place != items.begin() && std::prev(place)->step > step) --place;
    items.insert(place, {step, name});
  }
  std::vector<std::string> names;
  for (Item& item : items) names.push_back(std::move(item.name));
  return names;
}

Status CheckIsFree(FileSystem& fs, const std::string& directory) {
  CAIRN_ASSIGN_OR_RETURN(const RunDirectory run, ScanRunDirectory(fs, directory));
  if (run.checkpoints.empty() && run.uncommitted.empty() && !run.has_state_file) return {};
  return Status(Reason::kExists, "there are checkpoints in it")
      .AtPath(directory)
      .WithHint("a repair makes new ones: name a directory that is empty or does not exist");
}

// A saver may one day remove what it lists. Copies of the best, which have other names than the
// newest or no step, do not belong to it.
std::vector<std::string> ToBeListed(std::vector<std::string> names) {
  if (names.empty()) return names;
  const std::string newest = names.back();
  std::erase_if(names, [&](const std::string& name) {
    return StepOfSavedName(newest) ? !StepOfSavedName(name)
                                   : StepOfName(newest) && !StepOfName(name);
  });
  return names;
}

bool EndsAll(const Status& status) {
  return status.reason() == Reason::kCancelled || status.reason() == Reason::kNoSpace ||
         status.reason() == Reason::kNoMemory;
}

}  // namespace

bool IsRun(FileSystem& fs, const std::string& path) {
  const auto info = fs.Stat(path);
  if (!info.ok() || info->kind != FileKind::kDirectory) return false;
  const auto run = ScanRunDirectory(fs, path);
  return run.ok() && !(run->checkpoints.empty() && run->uncommitted.empty());
}

Result<RunRepairReport> RepairRun(FileSystem& fs, const std::string& from, const std::string& to,
                                  const RepairOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const RunDirectory run, ScanRunDirectory(fs, from));
  const std::vector<std::string> names = NamesInOrder(run);
  if (names.empty()) {
    return Status(Reason::kMissing, "no checkpoint")
        .AtPath(from)
        .WithHint(HintOfEmptyDirectory(fs, from));
  }
  CAIRN_RETURN_IF_ERROR(CheckIsFree(fs, to));
  RunRepairReport repaired;
  std::vector<std::string> complete, partial;
  for (const std::string& name : names) {
    // Several safetensors files become one, unless the save is told otherwise.
    const std::string saved(SavedForm(name));
    auto report = Repair(fs, JoinPath(from, name), JoinPath(to, saved), options);
    if (!report.ok() && EndsAll(report.status())) return report.status();
    RepairedCheckpoint checkpoint{name, report.status(), {}};
    if (report.ok()) {
      (report->is_partial ? partial : complete).push_back(saved);
      checkpoint.report = *std::move(report);
    }
    repaired.checkpoints.push_back(std::move(checkpoint));
  }
  StateFile state;
  state.all = ToBeListed(complete.empty() ? std::move(partial) : std::move(complete));
  if (state.all.empty()) return repaired;
  state.latest = state.all.back();
  CAIRN_RETURN_IF_ERROR(WriteStateFile(fs, to, state));
  repaired.newest = state.latest;
  return repaired;
}

}  // namespace cairn
