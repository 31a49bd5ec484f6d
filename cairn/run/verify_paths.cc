#include "cairn/run/verify_paths.h"

#include "cairn/checkpoint/missing_hint.h"
#include "cairn/io/path.h"
#include "cairn/run/check_run_directory.h"
#include "cairn/state/run_directory.h"

namespace cairn {
namespace {

// Errors: kGone, and where there is nothing to verify.
Status VerifyWhatIsThere(FileSystem& fs, const Resolved& resolved, const VerifyOptions& options,
                         Verified& verified) {
  verified.note = resolved.note;
  verified.path = resolved.path;
  verified.format = resolved.format->name;
  CAIRN_ASSIGN_OR_RETURN(verified.report, VerifyResolved(fs, resolved, options));
  return {};
}

}  // namespace

Verified VerifyPath(FileSystem& fs, const std::string& path, Result<Resolved> resolved,
                    const VerifyOptions& options) {
  Verified verified{.path = path, .format = {}, .note = {}, .error = {}, .report = {}};
  if (!resolved.ok()) {
    auto report = ReportLostIndexes(fs, path, resolved.status());
    if (report)
      verified.report = *std::move(report);
    else
      verified.error = resolved.status();
    return verified;
  }
  verified.error = VerifyWhatIsThere(fs, *resolved, options, verified);
  if (verified.error.reason() != Reason::kGone) return verified;
  resolved = Resolve(fs, path);
  verified.error =
      resolved.ok() ? VerifyWhatIsThere(fs, *resolved, options, verified) : resolved.status();
  return verified;
}

Result<std::vector<std::string>> PathsOfRun(FileSystem& fs, const std::string& directory,
                                            std::vector<std::string>& notes) {
  CAIRN_RETURN_IF_ERROR(CheckIsRunDirectory(fs, directory));
  CAIRN_ASSIGN_OR_RETURN(const RunDirectory run, ScanRunDirectory(fs, directory));
  notes.insert(notes.end(), run.notes.begin(), run.notes.end());
  std::vector<std::string> paths;
  for (const RunCheckpoint& checkpoint : run.checkpoints)
    paths.push_back(JoinPath(directory, checkpoint.name));
  for (const std::string& name : run.uncommitted) paths.push_back(JoinPath(directory, name));
  if (!paths.empty()) return paths;
  return Status(Reason::kMissing, "no checkpoint")
      .AtPath(directory)
      .WithHint(HintOfEmptyDirectory(fs, directory));
}

}  // namespace cairn
