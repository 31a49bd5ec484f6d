#include "cairn/run/check_run_directory.h"

#include "cairn/checkpoint/locate.h"
#include "cairn/checkpoint/missing_hint.h"
#include "cairn/core/escape.h"
#include "cairn/io/path.h"
#include "cairn/state/checkpoint_files.h"

namespace cairn {
namespace {

std::string HintOfRun(const std::string& path) {
  return "the run of a checkpoint is its directory: " + Quoted(DirectoryOf(path));
}

}  // namespace

Status CheckIsRunDirectory(FileSystem& fs, const std::string& path) {
  const auto info = fs.Stat(path);
  if (info.status().reason() == Reason::kMissing) {
    // People give the prefix of a checkpoint, which is neither a directory nor a file.
    const Result<bool> is_prefix = HasCheckpoint(fs, path);
    return Status(Reason::kMissing, "no such directory")
        .AtPath(path)
        .WithHint(is_prefix.ok() && *is_prefix ? HintOfRun(path) : HintOfMissing(fs, path));
  }
  CAIRN_RETURN_IF_ERROR(info.status());
  if (info->kind != FileKind::kDirectory)
    return Status(Reason::kFileType, "is not a directory").AtPath(path).WithHint(HintOfRun(path));
  CAIRN_ASSIGN_OR_RETURN(const bool is_saved_model, IsSavedModel(fs, path));
  if (is_saved_model)
    return Status(Reason::kFileType, "is a SavedModel, no run")
        .AtPath(path)
        .WithHint("see what it holds: cairn info " + path);
  return {};
}

}  // namespace cairn
