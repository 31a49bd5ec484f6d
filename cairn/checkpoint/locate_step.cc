#include "cairn/checkpoint/locate_step.h"

#include <charconv>
#include <vector>

#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"
#include "cairn/io/path.h"
#include "cairn/state/run_directory.h"

namespace cairn {
namespace {

std::string HintOfSteps(const RunDirectory& run) {
  std::vector<std::string> steps;
  // They are in order of their steps, and copies have the step of their original.
  for (const RunCheckpoint& checkpoint : run.checkpoints) {
    if (!checkpoint.step) continue;
    std::string step = std::to_string(*checkpoint.step);
    if (steps.empty() || steps.back() != step) steps.push_back(std::move(step));
  }
  if (steps.empty()) return "see what is there: cairn state " + run.path;
  return ListNames("there are the steps", steps);
}

}  // namespace

std::optional<StepOfRun> ParseStepOfRun(std::string_view path) {
  const size_t at = path.rfind('@');
  if (at == path.npos || at == 0) return std::nullopt;
  const std::string_view digits = path.substr(at + 1);
  StepOfRun parsed{std::string(path.substr(0, at)), 0};
  if (digits.empty() || digits[0] == '-') return std::nullopt;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), parsed.step);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return parsed;
}

Result<std::optional<StepOfRun>> FindStepOfRun(FileSystem& fs, std::string_view path) {
  auto parsed = ParseStepOfRun(path);
  if (!parsed) return parsed;
  const Result<FileInfo> info = fs.Stat(parsed->directory);
  if (!info.ok() || info->kind != FileKind::kDirectory) return std::optional<StepOfRun>();
  CAIRN_ASSIGN_OR_RETURN(const bool is_name, fs.Exists(std::string(path)));
  return is_name ? std::nullopt : std::move(parsed);
}

Result<Located> LocateStep(FileSystem& fs, const StepOfRun& wanted) {
  CAIRN_ASSIGN_OR_RETURN(const RunDirectory run, ScanRunDirectory(fs, wanted.directory));
  const RunCheckpoint* found = nullptr;
  for (const size_t i : run.ranking) {
    const RunCheckpoint& checkpoint = run.checkpoints[i];
    if (checkpoint.step != wanted.step) continue;
    const bool is_better = found == nullptr || (checkpoint.complete.ok() && !found->complete.ok());
    if (is_better) found = &checkpoint;
  }
  const std::string text = "step " + std::to_string(wanted.step);
  if (found == nullptr)
    return Status(Reason::kMissing, "no checkpoint of " + text)
        .AtPath(wanted.directory)
        .WithHint(HintOfSteps(run));
  const std::string path = JoinPath(wanted.directory, found->name);
  return Located{path, Escape(wanted.directory) + ", " + text + ": taken as " + Escape(path)};
}

}  // namespace cairn
