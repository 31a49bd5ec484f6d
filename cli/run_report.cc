#include "cli/run_report.h"

#include <algorithm>
#include <map>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/io/path.h"
#include "cairn/run/resume_point.h"
#include "cairn/state/checkpoint_files.h"

namespace cairn::cli {
namespace {

// Why each checkpoint is not good; "" where it is. Those after the chosen one were not verified: it
// is only known whether they are complete.
std::vector<std::string> ReasonsOf(const RunDirectory& run, const ResumeChoice& choice) {
  std::map<std::string_view, const Status*> rejected;
  for (const PassedOver& other : choice.passed_over) rejected[other.name] = &other.why;
  std::vector<std::string> reasons;
  for (const RunCheckpoint& checkpoint : run.checkpoints) {
    const auto found = rejected.find(checkpoint.name);
    const Status& verdict = found != rejected.end() ? *found->second : checkpoint.complete;
    reasons.push_back(verdict.ok() ? "" : verdict.ToString());
  }
  return reasons;
}

}  // namespace

bool RunReport::all_good() const {
  return resume_error.ok() &&
         std::ranges::all_of(reasons, [](const std::string& reason) { return reason.empty(); });
}

Result<std::optional<RunState>> ReadStateOf(FileSystem& fs, const RunDirectory& run,
                                            const std::string& name) {
  const std::string path = JoinPath(run.path, name);
  const Result<TensorDict> dict = Open(fs, path, {.access = Access::kRead});
  Result<std::optional<RunState>> state = dict.ok() ? ReadRunState(*dict) : dict.status();
  if (!state.ok() && IsRemoved(fs, path))
    return Status(Reason::kGone, "was removed while it was read").AtPath(path);
  return state;
}

Result<RunReport> ReportRun(const std::string& directory, const VerifyOptions& options,
                            Output& out) {
  FileSystem& fs = LocalFileSystem();
  RunReport report;
  CAIRN_ASSIGN_OR_RETURN(report.run, ScanRunDirectory(fs, directory));
  const ResumeChoice choice = ChooseResumePoint(fs, report.run, options);
  const Status& error = choice.point.status();
  // After an interrupt, or if a live run removed a checkpoint meanwhile, not all of them were
  // judged.
  if (error.reason() == Reason::kCancelled || error.reason() == Reason::kGone) return error;

  report.reasons = ReasonsOf(report.run, choice);
  report.resume_error = error;
  report.resume_reason = choice.point.ok() ? choice.point->reason : error.message();
  if (choice.point.ok()) report.resume = choice.point->name;
  if (report.resume) {
    CAIRN_ASSIGN_OR_RETURN(report.run_state, ReadStateOf(fs, report.run, *report.resume));
  }
  report.statistics = ReadStatistics(fs, directory);
  report.writer = ReadRunWriter(fs, directory);
  for (const RunCheckpoint& checkpoint : report.run.checkpoints) report.nbytes += checkpoint.nbytes;
  if (const auto free = fs.GetFreeSpace(directory); free.ok()) report.free_nbytes = free->nbytes;
  for (const std::string& note : report.run.notes) out.Note(note);
  for (const std::string& note : NotesOnChoice(report.run, choice)) out.Note(note);
  return report;
}

}  // namespace cairn::cli
