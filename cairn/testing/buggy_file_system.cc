#include "cairn/testing/buggy_file_system.h"

#include "cairn/io/path.h"

namespace cairn {
namespace {

bool IsData(const std::string& path) { return path.find(".data-") != std::string::npos; }
bool IsIndex(const std::string& path) { return path.find(".index") != std::string::npos; }
bool IsState(const std::string& path) { return BaseName(path).starts_with("checkpoint"); }

}  // namespace

class BuggyFileSystem::Writer final : public WritableFile {
 public:
  Writer(std::unique_ptr<WritableFile> base, const BuggyFileSystem& fs)
      : base_(std::move(base)), fs_(fs) {}

  Status WriteAt(uint64_t offset, Bytes bytes) override {
    const bool is_short = fs_.bug_ == Bug::kShortWrite;
    return base_->WriteAt(offset, is_short ? bytes.first(bytes.size() / 2) : bytes);
  }
  Status Allocate(uint64_t nbytes) override { return base_->Allocate(nbytes); }
  Status Sync() override { return fs_.DropsSyncOf(path()) ? Status() : base_->Sync(); }
  Status Close() override { return base_->Close(); }
  const std::string& path() const override { return base_->path(); }

 private:
  std::unique_ptr<WritableFile> base_;
  const BuggyFileSystem& fs_;
};

void BuggyFileSystem::SetBug(Bug bug) {
  bug_ = bug;
  index_was_renamed_ = index_was_removed_ = false;
}

bool BuggyFileSystem::DropsSyncOf(const std::string& file) const {
  switch (bug_) {
    case Bug::kNoFileSync:
      return true;
    case Bug::kNoDataSync:
      return IsData(file);
    case Bug::kNoIndexSync:
      return IsIndex(file);
    case Bug::kNoStateSync:
      return IsState(file);
    default:
      return false;
  }
}

// Removes the checkpoint whose name comes first. Tests save so few that this is the oldest.
Status BuggyFileSystem::RemoveOldest(const std::string& directory) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<std::string> names, base_.List(directory));
  std::string oldest;
  for (const std::string& name : names) {
    if (oldest.empty() && name.ends_with(".index")) oldest = name.substr(0, name.rfind('.') + 1);
    if (!oldest.empty() && name.starts_with(oldest)) {
      CAIRN_RETURN_IF_ERROR(base_.Remove(JoinPath(directory, name)));
    }
  }
  return {};
}

// Writes a state file that has the checkpoint of this index alone, with every sync.
Status BuggyFileSystem::NameInStateFile(const std::string& index) {
  const std::string path = JoinPath(DirectoryOf(index), "checkpoint");
  const std::string_view base = BaseName(index);
  const std::string name(base.substr(0, base.rfind('.')));
  const std::string text =
      "model_checkpoint_path: \"" + name + "\"\nall_model_checkpoint_paths: \"" + name + "\"\n";
  CAIRN_ASSIGN_OR_RETURN(const auto file, base_.CreateForWriting(path + ".new"));
  CAIRN_RETURN_IF_ERROR(file->WriteAt(0, AsBytes(text)));
  CAIRN_RETURN_IF_ERROR(file->Sync());
  CAIRN_RETURN_IF_ERROR(file->Close());
  CAIRN_RETURN_IF_ERROR(base_.Rename(path + ".new", path));
  return base_.SyncDirectory(DirectoryOf(index));
}

Status BuggyFileSystem::RenamePostponed() {
  for (const auto& [from, to] : std::exchange(postponed_, {}))
    CAIRN_RETURN_IF_ERROR(base_.RenameNoReplace(from, to));
  return {};
}

Result<std::shared_ptr<const RandomAccessFile>> BuggyFileSystem::OpenForReading(
    const std::string& path, Access access) {
  return base_.OpenForReading(path, access);
}

Result<std::unique_ptr<WritableFile>> BuggyFileSystem::CreateForWriting(const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(auto file, base_.CreateForWriting(path));
  return std::make_unique<Writer>(std::move(file), *this);
}

Result<std::unique_ptr<WritableFile>> BuggyFileSystem::CreateSharing(const std::string& path,
                                                                     const std::string& from,
                                                                     Sharing sharing) {
  CAIRN_ASSIGN_OR_RETURN(auto file, base_.CreateSharing(path, from, sharing));
  return std::make_unique<Writer>(std::move(file), *this);
}

Result<FileInfo> BuggyFileSystem::Stat(const std::string& path) { return base_.Stat(path); }

Result<std::vector<std::string>> BuggyFileSystem::List(const std::string& directory) {
  return base_.List(directory);
}

Status BuggyFileSystem::CreateDirectories(const std::string& path) {
  return base_.CreateDirectories(path);
}

Status BuggyFileSystem::Rename(const std::string& from, const std::string& to) {
  return base_.Rename(from, to);
}

Status BuggyFileSystem::RenameNoReplace(const std::string& from, const std::string& to) {
  if (bug_ == Bug::kIndexBeforeData && IsData(to)) {
    postponed_.emplace_back(from, to);
    return {};
  }
  if (bug_ == Bug::kRotationBeforeCommit && IsIndex(to))
    CAIRN_RETURN_IF_ERROR(RemoveOldest(DirectoryOf(to)));
  if (bug_ == Bug::kStateBeforeCommit && IsIndex(to)) CAIRN_RETURN_IF_ERROR(NameInStateFile(to));
  CAIRN_RETURN_IF_ERROR(base_.RenameNoReplace(from, to));
  index_was_renamed_ |= IsIndex(to);
  return IsIndex(to) ? RenamePostponed() : Status();
}

Status BuggyFileSystem::Remove(const std::string& path) {
  index_was_removed_ |= IsIndex(path);
  return base_.Remove(path);
}

Status BuggyFileSystem::RemoveDirectory(const std::string& path) {
  return base_.RemoveDirectory(path);
}

Status BuggyFileSystem::SyncDirectory(const std::string& directory) {
  const bool is_dropped = bug_ == Bug::kNoDirectorySync ||
                          (bug_ == Bug::kNoDirectorySyncBeforeIndex && !index_was_renamed_) ||
                          (bug_ == Bug::kNoDirectorySyncWhileRotating && index_was_removed_);
  return is_dropped ? Status() : base_.SyncDirectory(directory);
}

Result<FreeSpace> BuggyFileSystem::GetFreeSpace(const std::string& directory) {
  return base_.GetFreeSpace(directory);
}

Result<FileInfo> BuggyFileSystem::StatName(const std::string& path) { return base_.StatName(path); }

Result<std::unique_ptr<LockedFile>> BuggyFileSystem::Lock(const std::string& path) {
  return base_.Lock(path);
}

}  // namespace cairn
