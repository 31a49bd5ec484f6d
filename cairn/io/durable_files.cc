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

Status DurableFiles::Add(const std::string& path, uint64_t nbytes) {
  CAIRN_ASSIGN_OR_RETURN(DurableFile file, DurableFile::Create(*fs_, path, if_exists_));
  CAIRN_RETURN_IF_ERROR(file.file().Allocate(nbytes).AtPath(path));
  Keep(std::move(file));
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

Status DurableFiles::Commit() {
  const Status status = Place();
  if (!status.ok()) RemovePlaced();
  return status;
}

Status DurableFiles::CommitWith(const std::string& path, Bytes content) {
  return CommitBoth(path, content, if_exists_);
}

Status DurableFiles::CommitReplacing(const std::string& path, Bytes content) {
  return CommitBoth(path, content, IfExists::kReplace);
}

Status DurableFiles::CommitBoth(const std::string& path, Bytes content, IfExists if_exists) {
  Status status = Place();
  if (status.ok()) status = PlaceCommitFile(path, content, if_exists);
  if (!status.ok()) RemovePlaced();
  return status;
}

// Puts all files under their final names; their names are durable then.
Status DurableFiles::Place() {
  for (DurableFile& file : files_) {
    CAIRN_RETURN_IF_ERROR(file.Commit());
    placed_.push_back(file.path());
  }
  return placed_.empty() ? Status() : SyncDirectory(DirectoryOf(placed_.back()));
}

Status DurableFiles::PlaceCommitFile(const std::string& path, Bytes content, IfExists if_exists) {
  CAIRN_ASSIGN_OR_RETURN(DurableFile file, DurableFile::Create(*fs_, path, if_exists));
  CAIRN_RETURN_IF_ERROR(file.file().Allocate(content.size()).AtPath(path));
  Keep(std::move(file));
  CAIRN_RETURN_IF_ERROR(files_.back().file().WriteAt(0, content));
  CAIRN_RETURN_IF_ERROR(files_.back().Commit());
  placed_.push_back(path);
  // The file that was replaced cannot come back, so the files that the new one names must stay.
  if (if_exists == IfExists::kReplace) placed_.clear();
  return SyncDirectory(DirectoryOf(path));
}

Status DurableFiles::SyncDirectory(const std::string& directory) {
  if (durability_ == Durability::kNone) return {};
  return fs_->SyncDirectory(directory);
}

// The error that led here is already on its way, so further ones are not told. What replaced an
// older file stays: it is whole, and the older one is gone.
void DurableFiles::RemovePlaced() {
  if (if_exists_ == IfExists::kReplace) return;
  const bool has_commit_file = placed_.size() > 1;
  for (size_t i = placed_.size(); i > 0; --i) {
    (void)fs_->Remove(placed_[i - 1]);
    // The removal of the commit file must not reach the disk after those of the others.
    if (has_commit_file && i == placed_.size()) (void)SyncDirectory(DirectoryOf(placed_.back()));
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

Status WriteFileDurably(FileSystem& fs, const std::string& path, Bytes content, IfExists if_exists,
                        Durability durability) {
  DurableFiles files(fs, if_exists, durability);
  CAIRN_RETURN_IF_ERROR(files.Add(path, content.size()));
  CAIRN_RETURN_IF_ERROR(files.file(0).WriteAt(0, content));
  return files.Commit();
}

}  // namespace cairn
