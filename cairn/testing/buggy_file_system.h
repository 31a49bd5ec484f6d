// A file system that makes a correct save of a bundle wrong, to show that a test would notice.
#ifndef CAIRN_TESTING_BUGGY_FILE_SYSTEM_H_
#define CAIRN_TESTING_BUGGY_FILE_SYSTEM_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cairn/io/file_system.h"

namespace cairn {

// The mistakes of a save protocol. A dropped sync returns success and does nothing.
enum class Bug : uint8_t {
  kNone,
  kNoFileSync,                    // The sync of every file is dropped.
  kNoDataSync,                    // The sync of data files is dropped.
  kNoIndexSync,                   // The sync of the index is dropped.
  kNoStateSync,                   // The sync of the state file is dropped.
  kNoDirectorySync,               // The sync of every directory is dropped.
  kNoDirectorySyncBeforeIndex,    // The directory is not synced between data and index.
  kNoDirectorySyncWhileRotating,  // The directory is not synced after the removal of an index.
  kIndexBeforeData,               // The index gets its final name before the data does.
  kStateBeforeCommit,             // The state file names the new checkpoint before it commits.
  kRotationBeforeCommit,          // The oldest checkpoint is removed before the new one commits.
  kShortWrite,                    // Half of each write is done; the return value is ignored.
};

// Passes all calls on, apart from what the bug changes. The base must outlive it, and it must
// outlive the files it creates.
class BuggyFileSystem final : public FileSystem {
 public:
  explicit BuggyFileSystem(FileSystem& base) : base_(base) {}

  // The bug begins with the next call.
  void SetBug(Bug bug);

  Result<std::shared_ptr<const RandomAccessFile>> OpenForReading(const std::string& path,
                                                                 Access access) override;
  Result<std::unique_ptr<WritableFile>> CreateForWriting(const std::string& path) override;
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
  Result<FileInfo> StatName(const std::string& path) override;
  Result<std::unique_ptr<LockedFile>> Lock(const std::string& path) override;

 private:
  class Writer;

  bool DropsSyncOf(const std::string& file) const;
  Status RemoveOldest(const std::string& directory);
  Status NameInStateFile(const std::string& index);
  Status RenamePostponed();

  FileSystem& base_;
  Bug bug_ = Bug::kNone;
  std::vector<std::pair<std::string, std::string>> postponed_;  // Renames of data files.
  // Whether these were called for an index since SetBug.
  bool index_was_renamed_ = false;
  bool index_was_removed_ = false;
};

}  // namespace cairn

#endif  // CAIRN_TESTING_BUGGY_FILE_SYSTEM_H_
