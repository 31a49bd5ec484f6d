#include "cairn/checkpoint/copy_checkpoint.h"

#include <algorithm>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/copy_file.h"
#include "cairn/checkpoint/destination.h"
#include "cairn/core/escape.h"
#include "cairn/graph/graph_file.h"
#include "cairn/io/path.h"
#include "cairn/io/temporary_name.h"

namespace cairn {
namespace {

Status CheckSameFormat(const Format& format, const std::string& to) {
  if (format.save_name.empty()) {
    return Status(Reason::kUnsupported,
                  "is a checkpoint of " + std::string(format.name) + ", which is not written")
        .WithHint("Save what Open returns under the new name.");
  }
  if (FormatOfNew(to).name == format.name) return {};
  return Status(Reason::kArgument, "is copied byte for byte, and " + Quoted(to) +
                                       " is not the name of a checkpoint of " +
                                       std::string(format.name))
      .WithHint("Save converts it; a copy keeps the format and its ending.");
}

bool IsOneFile(const CopyPlan& plan) { return plan.commit_path.empty(); }

// The plan of one file has no index: the file itself is the commit. What lies under its name and
// its temporary names is found here.
Status FindOldFile(FileSystem& fs, CopyPlan& plan) {
  const std::string& path = plan.files[0].to;
  CAIRN_ASSIGN_OR_RETURN(plan.replaces, fs.Exists(path));
  const auto names = fs.List(DirectoryOf(path));
  if (names.status().reason() == Reason::kMissing) return {};
  CAIRN_RETURN_IF_ERROR(names.status());
  for (const std::string& name : *names) {
    if (FinalNameOf(name) == BaseName(path))
      plan.unnamed.push_back(JoinPath(DirectoryOf(path), name));
  }
  return {};
}

// A checkpoint of one file needs no plan of its format.
Result<CopyPlan> MakeCopyPlan(FileSystem& fs, const Resolved& from, const std::string& to) {
  CopyPlan plan;
  if (from.format->plan_copy != nullptr) {
    CAIRN_ASSIGN_OR_RETURN(plan, from.format->plan_copy(fs, from.path, to));
  } else {
    plan.files.push_back({from.path, to});
  }
  if (IsOneFile(plan)) CAIRN_RETURN_IF_ERROR(FindOldFile(fs, plan));
  return plan;
}

const std::string& CommitPathOf(const CopyPlan& plan) {
  return IsOneFile(plan) ? plan.files[0].to : plan.commit_path;
}

// Data without an index may be all that is left of a checkpoint: only a replacement removes it.
Status CheckMayWrite(const CopyPlan& plan, IfExists if_exists) {
  if (if_exists == IfExists::kReplace) return {};
  if (plan.replaces) return AlreadyThere(CommitPathOf(plan));
  for (const std::string& path : plan.unnamed) {
    if (!FinalNameOf(path)) return AlreadyThere(path);
  }
  return {};
}

// Whether two paths are one name in one directory.
Result<bool> IsSameName(FileSystem& fs, const std::string& a, const std::string& b) {
  if (BaseName(a) != BaseName(b)) return false;
  const auto directory_a = fs.Stat(DirectoryOf(a));
  const auto directory_b = fs.Stat(DirectoryOf(b));
  if (directory_b.status().reason() == Reason::kMissing) return false;
  CAIRN_RETURN_IF_ERROR(directory_a.status());
  CAIRN_RETURN_IF_ERROR(directory_b.status());
  return directory_a->id == directory_b->id;
}

// Whether two names are those of one file.
Result<bool> IsSameFile(FileSystem& fs, const std::string& a, const std::string& b) {
  const auto info_a = fs.Stat(a);
  const auto info_b = fs.Stat(b);
  if (info_b.status().reason() == Reason::kMissing) return false;
  CAIRN_RETURN_IF_ERROR(info_a.status());
  CAIRN_RETURN_IF_ERROR(info_b.status());
  return info_a->id == info_b->id;
}

// An index that was renamed and not synced may be undone by a power cut. What the one before it
// names must not be removed until then.
Status RemoveUnnamed(FileSystem& fs, const CopyPlan& plan, CopyReport& report) {
  if (plan.unnamed.empty()) return {};
  CAIRN_RETURN_IF_ERROR(fs.SyncDirectory(DirectoryOf(plan.unnamed[0])));
  for (const std::string& path : plan.unnamed) {
    const Status removed = fs.Remove(path);
    if (!removed.ok() && removed.reason() != Reason::kMissing) return removed;
    report.removed.push_back(path);
  }
  return {};
}

// The new checkpoint is committed, so what cannot be removed is only said.
void RemoveReplaced(FileSystem& fs, const CopyPlan& plan, CopyReport& report) {
  for (const std::string& path : plan.replaced) {
    const Status removed = fs.Remove(path);
    if (removed.ok()) {
      report.removed.push_back(path);
    } else if (removed.reason() != Reason::kMissing) {
      report.notes.push_back("not removed: " + std::string(removed.message()));
    }
  }
}

void Count(CopiedFile file, CopyReport& report) {
  report.nbytes += file.nbytes;
  if (file.method == CopyMethod::kCopy) report.written_nbytes += file.nbytes;
  report.files.push_back(std::move(file));
}

Status CheckMayCommit(const CopyOptions& options) {
  return options.before_commit ? options.before_commit() : Status();
}

Status CommitPlan(FileSystem& fs, const CopyPlan& plan, const CopyOptions& options,
                  CopyReport& report) {
  CAIRN_RETURN_IF_ERROR(PrepareDirectory(fs, DirectoryOf(CommitPathOf(plan)),
                                         plan.commit_content.size(), plan.files.size() + 1));
  // A file that looks like a leftover may be one that another writer is about to commit.
  CAIRN_RETURN_IF_ERROR(CheckMayCommit(options));
  CAIRN_RETURN_IF_ERROR(RemoveUnnamed(fs, plan, report));
  DurableFiles files(fs, IsOneFile(plan) ? options.if_exists : IfExists::kFail, options.durability);
  for (const CopyPlan::File& file : plan.files) {
    CAIRN_ASSIGN_OR_RETURN(CopiedFile copied,
                           AddCopyOf(fs, file.from, file.to, options.methods, files));
    Count(std::move(copied), report);
  }
  if (!IsOneFile(plan)) {
    const Bytes index = AsBytes(plan.commit_content);
    CAIRN_RETURN_IF_ERROR(files.AddCommitFile(plan.commit_path, index, options.if_exists));
    Count({plan.commit_path, index.size(), CopyMethod::kCopy}, report);
  }
  CAIRN_RETURN_IF_ERROR(CheckMayCommit(options));
  return files.Commit();
}

Status CopyMetagraph(FileSystem& fs, const std::string& from, const std::string& to,
                     const CopyOptions& options, CopyReport& report) {
  const std::string original = from + std::string(kMetaSuffix);
  CAIRN_ASSIGN_OR_RETURN(const bool exists, fs.Exists(original));
  if (!exists) return {};
  const std::string copy = to + std::string(kMetaSuffix);
  CAIRN_ASSIGN_OR_RETURN(const bool is_same, IsSameFile(fs, original, copy));
  if (is_same) return {};
  DurableFiles files(fs, options.if_exists, options.durability);
  CAIRN_ASSIGN_OR_RETURN(CopiedFile copied, AddCopyOf(fs, original, copy, options.methods, files));
  CAIRN_RETURN_IF_ERROR(files.Commit());
  Count(std::move(copied), report);
  return {};
}

Result<CopyReport> CopyPlanned(FileSystem& fs, const CopyPlan& plan, const Resolved& from,
                               const CopyOptions& options) {
  const std::string& to = CommitPathOf(plan);
  const std::string original =
      IsOneFile(plan) ? plan.files[0].from : from.format->commit_path(from.path);
  CAIRN_ASSIGN_OR_RETURN(const bool is_itself, IsSameName(fs, original, to));
  if (is_itself)
    return Status(Reason::kArgument, "is the checkpoint that is to be copied").AtPath(to);
  CopyReport report;
  report.notes = plan.notes;
  CAIRN_ASSIGN_OR_RETURN(const bool is_linked, IsSameFile(fs, original, to));
  // A rename between two names of one file does nothing, so there is nothing to replace.
  if (is_linked && IsOneFile(plan)) {
    CAIRN_RETURN_IF_ERROR(fs.SyncDirectory(DirectoryOf(to)));
    report.notes.push_back(Escape(to) + " is the same file already");
    return report;
  }
  CAIRN_RETURN_IF_ERROR(CommitPlan(fs, plan, options, report));
  RemoveReplaced(fs, plan, report);
  return report;
}

}  // namespace

std::string_view Name(CopyMethod method) {
  switch (method) {
    case CopyMethod::kReflink:
      return "reflink";
    case CopyMethod::kHardLink:
      return "hard link";
    case CopyMethod::kCopy:
      return "copy";
  }
  return "";
}

Result<CopyReport> CopyCheckpoint(FileSystem& fs, std::string_view from, std::string_view to,
                                  const CopyOptions& options) {
  const std::string target(to);
  if (options.methods.empty()) return Status(Reason::kArgument, "no method of copying is given");
  CAIRN_RETURN_IF_ERROR(CheckDestination(fs, target));
  CAIRN_ASSIGN_OR_RETURN(const Resolved original, Resolve(fs, from));
  CAIRN_RETURN_IF_ERROR(CheckSameFormat(*original.format, target).AtPath(original.path));
  CAIRN_ASSIGN_OR_RETURN(const CopyPlan plan, MakeCopyPlan(fs, original, target));
  CAIRN_RETURN_IF_ERROR(CheckMayWrite(plan, options.if_exists));
  CAIRN_ASSIGN_OR_RETURN(CopyReport report, CopyPlanned(fs, plan, original, options));
  if (options.with_metagraph && original.format->extensions.empty())
    CAIRN_RETURN_IF_ERROR(CopyMetagraph(fs, original.path, target, options, report));
  return report;
}

Status FinishCopy(FileSystem& fs, std::string_view from, std::string_view to) {
  CAIRN_ASSIGN_OR_RETURN(const Resolved original, Resolve(fs, from));
  CAIRN_ASSIGN_OR_RETURN(const CopyPlan plan, MakeCopyPlan(fs, original, std::string(to)));
  CopyReport report;
  return RemoveUnnamed(fs, plan, report);
}

}  // namespace cairn
