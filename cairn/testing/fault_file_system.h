// A file system that fails where a test says, and remembers what was asked of it.
#ifndef CAIRN_TESTING_FAULT_FILE_SYSTEM_H_
#define CAIRN_TESTING_FAULT_FILE_SYSTEM_H_

#include <memory>
#include <string>
#include <vector>

#include "cairn/io/file_system.h"
#include "cairn/testing/fault_script.h"

namespace cairn {

// Wraps another file system. That must outlive it, and it must outlive the files it opens. Files
// are never mapped, so that every byte comes from a counted read. Over a MemoryFileSystem,
// script().StopAt and AfterPowerCut together try a power cut at each step of a save:
//
//   MemoryFileSystem disk;
//   FaultFileSystem fs(disk);
//   fs.script().StopAt(n);
//   (void)Save(fs, …);
//   const auto next_start = disk.AfterPowerCut();
class FaultFileSystem final : public FileSystem {
 public:
  explicit FaultFileSystem(FileSystem& base) : base_(base) {}

  FaultScript& script() { return script_; }
  // Sets what GetStorageKind answers. Its calls are not counted.
  void SetStorageKind(StorageKind kind) { storage_kind_ = kind; }

  Result<std::shared_ptr<const RandomAccessFile>> OpenForReading(const std::string& path,
                                                                 Access access) override;
  Result<std::unique_ptr<WritableFile>> CreateForWriting(const std::string& path) override;
  // Counts and fails as a creation does.
  Result<std::unique_ptr<WritableFile>> CreateSharing(const std::string& path,
                                                      const std::string& from,
                                                      Sharing sharing) override;
  Result<FileInfo> Stat(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& directory) override;
  Status CreateDirectories(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status RenameNoReplace(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status RemoveDirectory(const std::string& path) override;
  Status SyncDirectory(const std::string& directory) override;
  Result<FreeSpace> GetFreeSpace(const std::string& directory) override;
  Result<StorageKind> GetStorageKind(const std::string&) override { return storage_kind_; }
  Result<FileInfo> StatName(const std::string& path) override;
  Result<std::unique_ptr<LockedFile>> Lock(const std::string& path) override;

 private:
  FileSystem& base_;
  FaultScript script_;
  StorageKind storage_kind_ = StorageKind::kLocal;
};

}  // namespace cairn

#endif  // CAIRN_TESTING_FAULT_FILE_SYSTEM_H_
