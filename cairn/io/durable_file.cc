#include "cairn/io/durable_file.h"

#include "cairn/io/path.h"

namespace cairn {
namespace {

// So many leftovers of crashes beside one name mean that something else is wrong.
constexpr int kMaxTemporaries = 100;

Status AlreadyThere(const std::string& path) { return Status(Reason::kExists, path + ": exists"); }

}  // namespace

Result<DurableFile> DurableFile::Create(FileSystem& fs, std::string path, IfExists if_exists) {
  return Make(fs, std::move(path), if_exists,
              [&](const std::string& temporary) { return fs.CreateForWriting(temporary); });
}

Result<DurableFile> DurableFile::CreateSharing(FileSystem& fs, std::string path,
                                               const std::string& from, Sharing sharing) {
  return Make(fs, std::move(path), IfExists::kFail, [&](const std::string& temporary) {
    return fs.CreateSharing(temporary, from, sharing);
  });
}

template <typename MakeFile>
Result<DurableFile> DurableFile::Make(FileSystem& fs, std::string path, IfExists if_exists,
                                      MakeFile make) {
  if (if_exists == IfExists::kFail) {
    CAIRN_ASSIGN_OR_RETURN(const bool exists, fs.Exists(path));
    if (exists) return AlreadyThere(path);
  }
  for (int i = 0; i < kMaxTemporaries; ++i) {
    auto file = make(path + ".cairn-tmp" + std::to_string(i));
    if (file.ok()) return DurableFile(fs, *std::move(file), std::move(path), if_exists);
    if (file.status().reason() != Reason::kExists) return file.status();
  }
  return Status(Reason::kExists, path + ": " + std::to_string(kMaxTemporaries) +
                                     " temporary files of interrupted saves")
      .WithHint("remove " + path + ".cairn-tmp*");
}

DurableFile::DurableFile(DurableFile&& other) noexcept
    : fs_(other.fs_),
      file_(std::move(other.file_)),
      path_(std::move(other.path_)),
      if_exists_(other.if_exists_) {}

DurableFile::~DurableFile() {
  if (!file_) return;
  const std::string temporary = file_->path();
  file_.reset();
  (void)fs_->Remove(temporary);  // the error that led here is already on its way
}

Status DurableFile::Commit() {
  CAIRN_RETURN_IF_ERROR(file_->Sync());
  CAIRN_RETURN_IF_ERROR(file_->Close());
  const std::string temporary = file_->path();
  CAIRN_RETURN_IF_ERROR(if_exists_ == IfExists::kReplace ? fs_->Rename(temporary, path_)
                                                         : fs_->RenameNoReplace(temporary, path_));
  file_.reset();
  return {};
}

Status DurableFile::CommitAndSync() {
  CAIRN_RETURN_IF_ERROR(Commit());
  Status status = fs_->SyncDirectory(DirectoryOf(path_));
  if (!status.ok() && if_exists_ == IfExists::kFail) (void)fs_->Remove(path_);
  return status;
}

Status WriteFileDurably(FileSystem& fs, const std::string& path, Bytes content,
                        IfExists if_exists) {
  CAIRN_ASSIGN_OR_RETURN(DurableFile file, DurableFile::Create(fs, path, if_exists));
  CAIRN_RETURN_IF_ERROR(file.file().Allocate(content.size()));
  CAIRN_RETURN_IF_ERROR(file.file().WriteAt(0, content));
  return file.CommitAndSync();
}

}  // namespace cairn
