#include "cairn/checkpoint/checkpoint.h"

#include <algorithm>

#include "cairn/checkpoint/locate.h"
#include "cairn/checkpoint/remote_path.h"
#include "cairn/checkpoint/resolve.h"
#include "cairn/core/escape.h"
#include "cairn/core/unprotected.h"
#include "cairn/formats/safetensors/safetensors.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/leftover_files.h"
#include "cairn/formats/verify_tensors.h"
#include "cairn/io/path.h"
#include "cairn/state/checkpoint_files.h"
#include "cairn/state/file_checkpoints.h"
#include "cairn/state/run_directory.h"

namespace cairn {

namespace {

// This tells one version of a checkpoint of several files, at one path, from the next: a copy that
// replaces it renames a new index over the old one. Nothing where the checkpoint is one file, which
// is opened in one step.
std::optional<FileInfo> VersionOf(FileSystem& fs, const Resolved& resolved) {
  if (resolved.format->commit_path == nullptr) return std::nullopt;
  const auto info = fs.Stat(resolved.format->commit_path(resolved.path));
  return info.ok() ? std::optional(*info) : std::nullopt;
}

// Whether the checkpoint is the version that it was. Between index and data another one may have
// come, and the old data gone. Errors: kGone.
Status CheckNotReplaced(FileSystem& fs, const Resolved& resolved,
                        const std::optional<FileInfo>& before) {
  if (!before) return {};
  const auto after = VersionOf(fs, resolved);
  const bool is_same = after && after->id == before->id && after->size == before->size &&
                       after->modified_ns == before->modified_ns;
  if (is_same) return {};
  return Status(Reason::kGone, "was replaced while it was read")
      .AtPath(resolved.path)
      .WithHint("Read it again.");
}

Result<Opened> OpenOnce(FileSystem& fs, std::string_view path, const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(Resolved resolved, Resolve(fs, path));
  const std::optional<FileInfo> version = VersionOf(fs, resolved);
  Result<TensorDict> dict = resolved.format->open(fs, resolved.path, options);
  CAIRN_RETURN_IF_ERROR(CheckNotGone(fs, resolved));
  CAIRN_RETURN_IF_ERROR(CheckNotReplaced(fs, resolved, version));
  CAIRN_RETURN_IF_ERROR(dict.status());
  return Opened{std::move(resolved), *std::move(dict)};
}

// The index that data under a name lacks; "" where there is no such data.
std::string IndexOfLostData(FileSystem& fs, const std::string& name) {
  const auto counts = tf_bundle::CountsOfDataFiles(fs, name);
  if (counts.ok() && !counts->empty()) return tf_bundle::IndexPath(name);
  const auto names = fs.List(DirectoryOf(name));
  if (!names.ok()) return "";
  const std::vector<std::string> lost = ListLostIndexes(*names);
  const std::string_view saved = SavedForm(BaseName(name));
  return std::ranges::binary_search(lost, saved) ? safetensors::IndexPathOf(name) : "";
}

}  // namespace

Status CheckNotGone(FileSystem& fs, const Resolved& resolved) {
  CAIRN_ASSIGN_OR_RETURN(const bool is_there, resolved.format->recognise(fs, resolved.path));
  if (is_there) return {};
  // A damaged file may be known by its name alone.
  const bool is_file = FileFormatOf(resolved.path) != nullptr;
  if (is_file && !IsRemoved(fs, resolved.path)) return {};
  return Status(Reason::kGone, "was removed while it was read")
      .AtPath(resolved.path)
      .WithHint("A run that goes on removes its older checkpoints; read a newer one.");
}

Result<Opened> OpenResolved(FileSystem& fs, std::string_view path, const OpenOptions& options) {
  Result<Opened> opened = OpenOnce(fs, path, options);
  if (opened.status().reason() != Reason::kGone) return opened;
  return OpenOnce(fs, path, options);
}

Result<TensorDict> Open(FileSystem& fs, std::string_view path, const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(Opened opened, OpenResolved(fs, path, options));
  return std::move(opened.dict);
}

Result<SaveReport> Save(FileSystem& fs, std::string_view path, const TensorDict& dict,
                        const SaveOptions& options) {
  return SaveAs(fs, FormatOfNew(path), path, dict, options);
}

Result<SaveReport> SaveAs(FileSystem& fs, const Format& format, std::string_view path,
                          const TensorDict& dict, const SaveOptions& options) {
  CAIRN_RETURN_IF_ERROR(CheckNewName(path));
  CAIRN_RETURN_IF_ERROR(CheckOptions(format, options).AtPath(path));
  if (options.require_checksums) CAIRN_RETURN_IF_ERROR(CheckAllHaveChecksums(dict));
  return format.save(fs, std::string(path), dict, options);
}

Status CheckNewName(std::string_view path) {
  CAIRN_RETURN_IF_ERROR(CheckIsLocal(path));
  if (!BaseName(path).empty() && path.find('\0') == std::string_view::npos) return {};
  return Status(Reason::kArgument, Quoted(path) + " is not the name of a checkpoint");
}

Result<VerifyReport> VerifyResolved(FileSystem& fs, const Resolved& resolved,
                                    const VerifyOptions& options) {
  const std::optional<FileInfo> version = VersionOf(fs, resolved);
  auto report = resolved.format->verify(fs, resolved.path, options);
  if (!report.ok() || !report->ok()) {
    CAIRN_RETURN_IF_ERROR(CheckNotGone(fs, resolved));
    CAIRN_RETURN_IF_ERROR(CheckNotReplaced(fs, resolved, version));
  }
  if (!report.ok()) return report;
  // A finding that names no file is about the checkpoint as a whole.
  for (Finding& finding : report->findings) finding.error = finding.error.AtPath(resolved.path);
  return report;
}

Result<VerifyReport> Verify(FileSystem& fs, std::string_view path, const VerifyOptions& options) {
  const Result<Resolved> resolved = Resolve(fs, path);
  if (resolved.ok()) return VerifyResolved(fs, *resolved, options);
  if (auto report = ReportLostIndexes(fs, path, resolved.status())) return *std::move(report);
  return resolved.status();
}

std::optional<VerifyReport> ReportLostIndexes(FileSystem& fs, std::string_view path,
                                              const Status& why) {
  if (why.reason() != Reason::kMissing) return std::nullopt;  // nobody knows what is there
  std::vector<std::string> prefixes = {PrefixOfMember(path).value_or(std::string(path))};
  if (const auto run = ScanRunDirectory(fs, prefixes[0]); run.ok() && !run->uncommitted.empty()) {
    prefixes.clear();
    for (const std::string& name : run->uncommitted) prefixes.push_back(JoinPath(path, name));
  }
  VerifyReport report;
  for (const std::string& prefix : prefixes) {
    const std::string index = IndexOfLostData(fs, prefix);
    if (index.empty()) continue;
    report.findings.push_back(
        Finding{Status(Reason::kMissing,
                       "missing, while its data is there: the save did not finish, "
                       "or the index was lost; a repair can make it anew from a graph (.meta) or "
                       "from another checkpoint of the run")
                    .AtPath(index)});
  }
  if (report.findings.empty()) return std::nullopt;
  return report;
}

}  // namespace cairn
