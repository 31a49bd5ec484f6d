#include "cairn/io/durable_file.h"

#include <chrono>

#include "cairn/io/path.h"
#include "cairn/io/temporary_name.h"

namespace cairn {
namespace {

// Names after which the numbers get long: whoever took so many may have taken all short ones.
constexpr uint64_t kNumShortNames = 100;
constexpr uint64_t kMaxAttempts = 2 * kNumShortNames;

// 0, 1, 2, … and then numbers that nobody can have taken on purpose.
uint64_t NumberOfTemporary(uint64_t attempt) {
  if (attempt < kNumShortNames) return attempt;
  return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

}  // namespace

Result<DurableFile> DurableFile::Create(FileSystem& fs, std::string path, IfExists if_exists) {
  return Make(fs, std::move(path), if_exists,
              [&](const std::string& temporary) { return fs.CreateForWriting(temporary); });
}

Result<DurableFile> DurableFile::CreateSharing(FileSystem& fs, std::string path,
                                               const std::string& from, Sharing sharing,
                                               IfExists if_exists) {
  return Make(fs, std::move(path), if_exists, [&](const std::string& temporary) {
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
  for (uint64_t attempt = 0;; ++attempt) {
    auto file = make(TemporaryName(path, NumberOfTemporary(attempt)));
    if (file.ok()) return DurableFile(fs, *std::move(file), std::move(path), if_exists);
    const bool is_taken = file.status().reason() == Reason::kExists && attempt < kMaxAttempts;
    if (!is_taken) return file.status();
  }
}

DurableFile::DurableFile(DurableFile&& other) noexcept
    : fs_(other.fs_),
      file_(std::move(other.file_)),
      path_(std::move(other.path_)),
      if_exists_(other.if_exists_),
      needs_sync_(other.needs_sync_) {}

DurableFile::~DurableFile() {
  if (!file_) return;
  const std::string temporary = file_->path();
  file_.reset();
  (void)fs_->Remove(temporary);  // the error that led here is already on its way
}

void DurableFile::BeginSync() {
  if (needs_sync_) file_->BeginSync();
}

Status DurableFile::Sync() {
  if (!needs_sync_) return {};
  CAIRN_RETURN_IF_ERROR(file_->Sync());
  needs_sync_ = false;
  return {};
}

Status DurableFile::Commit() {
  CAIRN_RETURN_IF_ERROR(file_->Close());
  const std::string temporary = file_->path();
  CAIRN_RETURN_IF_ERROR(if_exists_ == IfExists::kReplace ? fs_->Rename(temporary, path_)
                                                         : fs_->RenameNoReplace(temporary, path_));
  file_.reset();
  return {};
}

}  // namespace cairn
