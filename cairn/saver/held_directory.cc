#include "cairn/saver/held_directory.h"

#include "cairn/core/escape.h"
#include "cairn/io/path.h"

namespace cairn {
namespace {

// "" is the current directory; a slash at the end would make it its own parent.
std::string Normalised(std::string directory) {
  while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  return directory.empty() ? "." : directory;
}

}  // namespace

HeldDirectory::HeldDirectory(FileSystem& fs, std::string path, IfHeldElsewhere if_held_elsewhere,
                             const std::string* environment)
    : fs_(fs),
      path_(Normalised(std::move(path))),
      if_held_elsewhere_(if_held_elsewhere),
      environment_(environment) {}

Status HeldDirectory::Begin() {
  CAIRN_RETURN_IF_ERROR(Create());
  CAIRN_RETURN_IF_ERROR(Hold());
  CAIRN_RETURN_IF_ERROR(CheckIsSame());
  return TakeLock();
}

// A directory whose own name a power cut can take away keeps nothing.
Status HeldDirectory::Create() {
  if (is_directory_durable_) return {};
  std::vector<std::string> parents;
  std::string path = path_;
  for (;; path = DirectoryOf(path)) {
    parents.push_back(DirectoryOf(path));
    CAIRN_ASSIGN_OR_RETURN(const bool exists, fs_.Exists(path));
    if (exists || path == parents.back()) break;
  }
  CAIRN_RETURN_IF_ERROR(fs_.CreateDirectories(path_));
  // A directory that existed before may lie in a place that this user cannot sync.
  (void)fs_.SyncDirectory(parents.back());
  parents.pop_back();
  for (const std::string& parent : parents) CAIRN_RETURN_IF_ERROR(fs_.SyncDirectory(parent));
  is_directory_durable_ = true;
  return {};
}

Status HeldDirectory::Hold() {
  if (held_) return {};
  Result<std::unique_ptr<FileSystem>> held = fs_.Hold(path_);
  if (held.status().reason() == Reason::kUnsupported) return {};
  CAIRN_RETURN_IF_ERROR(held.status());
  held_ = *std::move(held);
  return {};
}

// Whether the name of the directory still leads to the one in which this run began.
Status HeldDirectory::CheckIsSame() const {
  if (!held_) return {};
  CAIRN_ASSIGN_OR_RETURN(const FileInfo begun, held_->Stat(path_));
  const Result<FileInfo> named = fs_.Stat(path_);
  if (named.ok() && named->id == begun.id) return {};
  if (!named.ok() && named.status().reason() != Reason::kMissing) return named.status();
  return Status(Reason::kChanged,
                "was renamed, removed or replaced while the run went on; nothing is saved")
      .AtPath(path_)
      .WithHint("Give the directory its name back, or start the program again.");
}

std::vector<std::string> HeldDirectory::Warnings() const {
  std::vector<std::string> warnings;
  if (lock_ && !lock_->warning().empty()) warnings.push_back(lock_->warning());
  const Result<StorageKind> kind = fs().GetStorageKind(path_);
  if (!kind.ok() || *kind == StorageKind::kLocal) return warnings;
  const std::string place = Escape(path_) + " lies on a ";
  warnings.push_back(*kind == StorageKind::kUserSpace
                         ? place +
                               "FUSE file system: whether a rename is atomic and a sync durable "
                               "is up to its program, so a crash may lose the newest checkpoints"
                         : place +
                               "network file system: if its server starts again, locks and the "
                               "newest checkpoints may be lost");
  return warnings;
}

Status HeldDirectory::TakeLock() {
  if (lock_) {
    const Status held = lock_->CheckHeld();
    if (held.reason() != Reason::kGone) return held;
    lock_.reset();
  }
  const std::string environment = environment_ ? *environment_ : std::string();
  CAIRN_ASSIGN_OR_RETURN(RunLock lock,
                         RunLock::Acquire(fs(), path_, if_held_elsewhere_, environment));
  lock_.emplace(std::move(lock));
  return {};
}

}  // namespace cairn
