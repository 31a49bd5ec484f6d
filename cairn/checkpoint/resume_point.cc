#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/run_directory.h"
#include "cairn/core/escape.h"
#include "cairn/io/path.h"

namespace cairn {
namespace {

// Trouble of this process, not of the checkpoint: falling back on an older one would only hide it.
bool IsOurTrouble(Reason reason) {
  return reason == Reason::kCancelled || reason == Reason::kNoMemory ||
         reason == Reason::kInternal || reason == Reason::kArgument;
}

// Success if the whole checkpoint verifies; else the first thing that is wrong with it.
Status VerifyWhole(FileSystem& fs, const std::string& directory, const RunCheckpoint& checkpoint,
                   const VerifyOptions& options) {
  CAIRN_RETURN_IF_ERROR(checkpoint.complete);
  CAIRN_ASSIGN_OR_RETURN(const VerifyReport report,
                         Verify(fs, JoinPath(directory, checkpoint.name), options));
  if (report.ok()) return {};
  const Finding& first = report.findings.front();
  const size_t others = report.findings.size() - 1;
  return Status(first.reason, others == 0
                                  ? first.message
                                  : first.message + " (and " + std::to_string(others) + " more)");
}

std::string RejectedLine(const std::string& name, const Status& error) {
  return Escape(name) + ": " + std::string(ReasonWord(error.reason())) + ": " +
         std::string(error.message());
}

// There are checkpoints, and none is good. Always data loss or an I/O error, whatever the single
// reasons are: nobody may take it for "there is nothing here".
Status NoneVerifies(const std::string& directory, const Status& newest,
                    const std::vector<std::string>& rejected) {
  const bool is_fitting =
      newest.code() == StatusCode::kDataLoss || newest.code() == StatusCode::kUnavailable;
  std::string message =
      Escape(directory) + ": none of " + std::to_string(rejected.size()) + " checkpoints verifies";
  for (const std::string& line : rejected) message += "; " + line;
  return Status(is_fitting ? newest.reason() : Reason::kFormat, std::move(message))
      .WithHint("repair one of them, or begin anew in another directory");
}

// Without any index: from scratch only where no checkpoint can ever have been there.
Result<ResumePoint> WithoutIndex(const std::string& directory, const RunDirectory& run) {
  const bool had_checkpoints = run.has_state_file || run.uncommitted.size() > 1;
  if (had_checkpoints) {
    std::string message = Escape(directory) + ": there were checkpoints, and no index is left";
    for (const std::string& note : run.notes) message += "; " + note;
    return Status(Reason::kFormat, std::move(message))
        .WithHint("repair one of them, or begin anew in another directory");
  }
  if (run.uncommitted.empty()) return ResumePoint{std::nullopt, "no checkpoint", {}};
  return ResumePoint{
      std::nullopt,
      "no checkpoint; the first save, " + Escape(run.uncommitted.front()) + ", did not finish",
      {}};
}

}  // namespace

Result<ResumePoint> ChooseResumePoint(FileSystem& fs, const std::string& directory,
                                      const VerifyOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const RunDirectory run, ScanRunDirectory(fs, directory));
  if (run.checkpoints.empty()) return WithoutIndex(directory, run);
  ResumePoint point;
  Status newest;
  for (auto candidate = run.checkpoints.rbegin(); candidate != run.checkpoints.rend();
       ++candidate) {
    const Status verified = VerifyWhole(fs, directory, *candidate, options);
    if (verified.ok()) {
      point.name = candidate->name;
      point.reason = "newest that verifies";
      return point;
    }
    if (IsOurTrouble(verified.reason())) return verified;
    if (point.rejected.empty()) newest = verified;
    point.rejected.push_back(RejectedLine(candidate->name, verified));
  }
  return NoneVerifies(directory, newest, point.rejected);
}

}  // namespace cairn
