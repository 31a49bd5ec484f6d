// A file system wholly in memory that knows what a power cut would leave.
#ifndef CAIRN_IO_MEMORY_FILE_SYSTEM_H_
#define CAIRN_IO_MEMORY_FILE_SYSTEM_H_

#include <memory>
#include <string>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/io/file_system.h"
#include "cairn/io/power_cut.h"

namespace cairn {

// The two outcomes of a power cut that matter most.
enum class Survives : uint8_t {
  // Only what was synced: the entries of each directory as of its last SyncDirectory, the contents
  // of each file as of its last Sync. A file that was never synced is empty.
  kSynced,
  // Every name and every size, as when the journal reached the disk before the data did; contents
  // as of each file's last Sync, and zeros where there is more file than that.
  kNamesAndSizes,
};

// Behaves as the POSIX file system does: open files survive rename and removal, `.` and `..` are
// followed, names have at most 255 bytes. Relative paths begin at the root; there are no links, no
// permissions and no other kinds of files. Instead of a clock, changes are counted. A file opened
// with Access::kMap stays as it was when it was opened. Handles may outlive the file system.
class CAIRN_EXPORT MemoryFileSystem final : public FileSystem {
 public:
  // All files together have at most `capacity` bytes; what goes beyond is kNoSpace. A removed file
  // counts as long as it is open, or its removal is not synced.
  explicit MemoryFileSystem(uint64_t capacity = uint64_t{4} << 30);
  ~MemoryFileSystem() override;

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
  Result<std::unique_ptr<LockedFile>> Lock(const std::string& path) override;

  // The file system as the next start would find it; this one goes on as if nothing had happened.
  std::unique_ptr<MemoryFileSystem> AfterPowerCut(Survives survives = Survives::kSynced) const;
  // The same for any other outcome; PowerCutStates (in testing) tries them all.
  std::unique_ptr<MemoryFileSystem> AfterPowerCut(const PowerCut& cut) const;
  UnsyncedChanges ListUnsyncedChanges() const;

  // A file in one step, durable, in place of what had the name, parents and all; who has that open
  // keeps it. Errors: as CreateDirectories, kFileType (a directory has the name), kNoSpace.
  Status Put(const std::string& path, Bytes content);
  // The whole of a file. Errors: as OpenForReading.
  Result<std::vector<std::byte>> Get(const std::string& path) const;

 private:
  struct State;
  explicit MemoryFileSystem(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
  friend class MemoryReader;
  friend class MemoryWriter;
  friend class MemoryLockedFile;
};

}  // namespace cairn

#endif  // CAIRN_IO_MEMORY_FILE_SYSTEM_H_
