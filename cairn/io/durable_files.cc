#include "cairn/io/durable_files.h"

#include "cairn/io/path.h"
#include "cairn/io/temporary_name.h"

namespace cairn {
namespace {

Status NoSpaceFor(const std::string& directory, uint64_t needed, uint64_t free,
                  std::string_view what) {
  return Status(Reason::kNoSpace, std::to_string(needed) + " " + std::string(what) + " needed, " +
                                      std::to_string(free) + " free")
      .AtPath(directory);
}

}  // namespace

Status PrepareDirectory(FileSystem& fs, const std::string& directory, uint64_t nbytes,
                        uint64_t num_files) {
  CAIRN_RETURN_IF_ERROR(fs.CreateDirectories(directory));
  CAIRN_ASSIGN_OR_RETURN(const FreeSpace space, fs.GetFreeSpace(directory));
  if (space.nbytes < nbytes) return NoSpaceFor(directory, nbytes, space.nbytes, "bytes");
  if (space.num_files && *space.num_files < num_files)
    return NoSpaceFor(directory, num_files, *space.num_files, "files");
  return {};
}

Status DurableFiles::Create(const std::string& path, uint64_t nbytes, IfExists if_exists) {
  CAIRN_ASSIGN_OR_RETURN(DurableFile file, DurableFile::Create(*fs_, path, if_exists));
  CAIRN_RETURN_IF_ERROR(file.file().Allocate(nbytes).AtPath(path));
  Keep(std::move(file));
  return {};
}

Status DurableFiles::Add(const std::string& path, uint64_t nbytes) {
  return Create(path, nbytes, if_exists_);
}

Status DurableFiles::AddCommitFile(const std::string& path, Bytes content, IfExists if_exists) {
  CAIRN_RETURN_IF_ERROR(Create(path, content.size(), if_exists));
  commit_file_ = if_exists;
  CAIRN_RETURN_IF_ERROR(files_.back().file().WriteAt(0, content));
  files_.back().BeginSync();
  return {};
}

void DurableFiles::Keep(DurableFile file) {
  if (durability_ == Durability::kSynced) {
    file.file().WriteBehind();
  } else {
    file.SkipSync();
  }
  if (page_cache_ == PageCache::kBypass) file.file().BypassPageCache();
  files_.push_back(std::move(file));
}

Status DurableFiles::AddSharing(const std::string& path, const std::string& from, Sharing sharing) {
  CAIRN_ASSIGN_OR_RETURN(DurableFile file,
                         DurableFile::CreateSharing(*fs_, path, from, sharing, if_exists_));
  Keep(std::move(file));
  return {};
}

Status DurableFiles::Sync() {
  for (DurableFile& file : files_) CAIRN_RETURN_IF_ERROR(file.Sync());
  return {};
}

Status DurableFiles::Commit() {
  const Status status = SyncAndPlace();
  if (!status.ok()) RemovePlaced();
  return status;
}

Status DurableFiles::SyncAndPlace() {
  CAIRN_RETURN_IF_ERROR(Sync());
  const std::span files = files_;
  if (!commit_file_) return Place(files);
  CAIRN_RETURN_IF_ERROR(Place(files.first(files.size() - 1)));
  return Place(files.last(1));
}

// Puts the files under their final names, which are durable then.
Status DurableFiles::Place(std::span<DurableFile> files) {
  if (files.empty()) return {};
  for (DurableFile& file : files) {
    CAIRN_RETURN_IF_ERROR(file.Commit());
    placed_.push_back(file.path());
  }
  const std::string directory = DirectoryOf(placed_.back());
  // The file that was replaced cannot come back, so the files that the new one names must stay.
  if (commit_file_ == IfExists::kReplace && placed_.size() == files_.size()) placed_.clear();
  return SyncDirectory(directory);
}

Status DurableFiles::SyncDirectory(const std::string& directory) {
  if (durability_ == Durability::kNone) return {};
  return fs_->SyncDirectory(directory);
}

// The error that led here is already on its way, so further ones are not told. What replaced an
// older file stays: it is whole, and the older one is gone.
void DurableFiles::RemovePlaced() {
  if (if_exists_ == IfExists::kReplace) return;
  for (size_t i = placed_.size(); i > 0; --i) {
    (void)fs_->Remove(placed_[i - 1]);
    // The removal of the commit file must not reach the disk after those of the others.
    if (commit_file_ && i == files_.size()) (void)SyncDirectory(DirectoryOf(placed_.back()));
  }
  placed_.clear();
}

Status RemoveTemporaryFiles(FileSystem& fs, const std::string& directory, std::string_view prefix) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<std::string> names, fs.List(directory));
  for (const std::string& name : names) {
    if (name.starts_with(prefix) && FinalNameOf(name))
      CAIRN_RETURN_IF_ERROR(fs.Remove(JoinPath(directory, name)));
  }
  return {};
}

Result<DurableFiles> PrepareFile(FileSystem& fs, const std::string& path, Bytes content,
                                 IfExists if_exists, Durability durability) {
  DurableFiles files(fs, if_exists, durability);
  CAIRN_RETURN_IF_ERROR(files.Add(path, content.size()));
  CAIRN_RETURN_IF_ERROR(files.file(0).WriteAt(0, content));
  CAIRN_RETURN_IF_ERROR(files.Sync());
  return files;
}

Status WriteFileDurably(FileSystem& fs, const std::string& path, Bytes content, IfExists if_exists,
                        Durability durability) {
  CAIRN_ASSIGN_OR_RETURN(DurableFiles files, PrepareFile(fs, path, content, if_exists, durability));
  return files.Commit();
}

}  // namespace cairn
