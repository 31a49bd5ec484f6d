#include "bench/no_sync_file_system.h"

namespace cairn::bench {
namespace {

class UnsyncedFile final : public WritableFile {
 public:
  explicit UnsyncedFile(std::unique_ptr<WritableFile> file) : file_(std::move(file)) {}

  Status WriteAt(uint64_t offset, Bytes bytes) override { return file_->WriteAt(offset, bytes); }
  Status Allocate(uint64_t nbytes) override { return file_->Allocate(nbytes); }
  Status Sync() override { return {}; }
  Status Close() override { return file_->Close(); }
  const std::string& path() const override { return file_->path(); }

 private:
  std::unique_ptr<WritableFile> file_;
};

class UnsyncedFileSystem final : public FileSystem {
 public:
  Result<std::shared_ptr<const RandomAccessFile>> OpenForReading(const std::string& path,
                                                                 Access access) override {
    return local_.OpenForReading(path, access);
  }
  Result<std::unique_ptr<WritableFile>> CreateForWriting(const std::string& path) override {
    CAIRN_ASSIGN_OR_RETURN(auto file, local_.CreateForWriting(path));
    return std::make_unique<UnsyncedFile>(std::move(file));
  }
  Result<std::unique_ptr<WritableFile>> CreateSharing(const std::string& path,
                                                      const std::string& from,
                                                      Sharing sharing) override {
    CAIRN_ASSIGN_OR_RETURN(auto file, local_.CreateSharing(path, from, sharing));
    return std::make_unique<UnsyncedFile>(std::move(file));
  }
  Result<FileInfo> Stat(const std::string& path) override { return local_.Stat(path); }
  Result<std::vector<std::string>> List(const std::string& directory) override {
    return local_.List(directory);
  }
  Status CreateDirectories(const std::string& path) override {
    return local_.CreateDirectories(path);
  }
  Status Rename(const std::string& from, const std::string& to) override {
    return local_.Rename(from, to);
  }
  Status RenameNoReplace(const std::string& from, const std::string& to) override {
    return local_.RenameNoReplace(from, to);
  }
  Status Remove(const std::string& path) override { return local_.Remove(path); }
  Status SyncDirectory(const std::string& /*directory*/) override { return {}; }
  Result<FreeSpace> GetFreeSpace(const std::string& directory) override {
    return local_.GetFreeSpace(directory);
  }

 private:
  FileSystem& local_ = LocalFileSystem();
};

}  // namespace

FileSystem& NoSyncFileSystem() {
  static UnsyncedFileSystem file_system;
  return file_system;
}

}  // namespace cairn::bench
