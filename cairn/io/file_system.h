// Where files live. Every class of Cairn that touches files is given one of these and uses nothing
// else.
#ifndef CAIRN_IO_FILE_SYSTEM_H_
#define CAIRN_IO_FILE_SYSTEM_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/core/file.h"

namespace cairn {

// How bytes of a file are had. kMap is the fastest, but a file that is cut while it is mapped
// raises SIGBUS on the next touch; kRead copies, and answers with an error. kMapPrivate maps, too,
// and the program may write to the mapped memory: it alone sees that, and the file stays as it is.
enum class Access : uint8_t { kMap, kRead, kMapPrivate };

// Whether a new file may replace an older one of its name.
enum class IfExists : uint8_t { kFail, kReplace };

// Whether new files are on stable storage when they have their names.
enum class Durability : uint8_t { kSynced, kNone };

// Whether the bytes of new files pass through the page cache: see WritableFile::BypassPageCache.
enum class PageCache : uint8_t { kUse, kBypass };

enum class FileKind : uint8_t { kRegular, kDirectory, kLink, kOther };

// Two names have the same id if and only if they name the same file or directory.
struct FileId {
  uint64_t device = 0;
  uint64_t number = 0;

  friend bool operator==(const FileId&, const FileId&) = default;
};

struct FileInfo {
  FileKind kind = FileKind::kOther;  // kLink is an answer of StatName only
  uint64_t size = 0;
  FileId id = {};
  // Nanoseconds since 1970 when the contents last changed. Clocks go wrong: only for files about
  // which nothing better is known.
  int64_t modified_ns = 0;
};

struct FreeSpace {
  uint64_t nbytes = 0;
  std::optional<uint64_t> num_files;  // nothing where the file system does not count them
};

// Says on what the files of a directory lie, as far as it matters to whoever must not lose them.
enum class StorageKind : uint8_t {
  kLocal,      // renames are atomic, and what was synced stays
  kNetwork,    // NFS, SMB, 9P: a server that starts again may lose locks and late writes
  kUserSpace,  // FUSE: what a rename and a sync do is up to the program that serves the files
};

// A new file being written. Any call may fail; after a failed Sync or Close nothing is known of the
// file, and it must be abandoned (removed), never synced again. Destroyed without Close, it is
// closed and its errors are lost.
class CAIRN_EXPORT WritableFile {
 public:
  virtual ~WritableFile() = default;

  // Writes all of `bytes` at `offset`; safe from several threads at once on ranges that do not
  // overlap. Errors: kNoSpace, kTooBig, kIo.
  virtual Status WriteAt(uint64_t offset, Bytes bytes) = 0;
  // Makes room for `nbytes` from the start with real blocks, and makes that the size; what was
  // not written reads as zeros. Zero bytes: nothing to do. Errors: kNoSpace, kTooBig, kIo.
  virtual Status Allocate(uint64_t nbytes) = 0;
  // From now on the device begins to write what WriteAt was given while more is written, so that
  // Sync has less to wait for. A wish: the default does nothing.
  virtual void WriteBehind() {}
  // From now on large writes go to the device without a copy in the page cache, where the file
  // system can: they take less of the memory's speed from the rest of the machine, and its page
  // cache keeps what others read. Each then takes as long as the device. A wish: the default does
  // nothing.
  virtual void BypassPageCache() {}
  // The device begins to write all that it was not given yet, so that Sync has less to wait for,
  // and the sync of another file may make this one durable, too. A wish: the default does nothing.
  virtual void BeginSync() {}
  // Returns when the contents are on stable storage. Errors: kIo, kNoSpace.
  virtual Status Sync() = 0;
  virtual Status Close() = 0;

  virtual const std::string& path() const = 0;
};

// A file that no other process can lock until this object is destroyed.
class CAIRN_EXPORT LockedFile {
 public:
  virtual ~LockedFile() = default;

  // False where the file system has no locks: other processes are not kept out then.
  virtual bool is_exclusive() const = 0;
  // The whole content; at most 64 KiB are read. Errors: kIo.
  virtual Result<std::string> Read() const = 0;
  // Replaces the content and syncs it. Not in one step: a power cut may leave anything. Errors:
  // kNoSpace, kIo.
  virtual Status Replace(Bytes content) = 0;
};

// How a new file has the bytes of another without a copy of them.
enum class Sharing : uint8_t {
  kReflink,   // the same blocks of the disk, until one of the two is written to
  kHardLink,  // the same file under another name: what changes one changes the other
};

// Safe to use from several threads at once. Paths are taken literally, no character has a meaning.
// Links on the way are followed when reading. Errors carry the path. Beside what each method names:
// kPath (a zero byte in the path, a name that is too long), kNoMemory.
class CAIRN_EXPORT FileSystem {
 public:
  virtual ~FileSystem() = default;

  // Regular files only; never blocks on a pipe or device. Errors: kMissing, kFileType, kIo.
  virtual Result<std::shared_ptr<const RandomAccessFile>> OpenForReading(const std::string& path,
                                                                         Access access) = 0;
  // A file that did not exist. Errors: kExists (also for a link that leads nowhere), kMissing (the
  // directory), kFileType (the path ends in a slash), kReadOnly, kNoSpace, kIo.
  virtual Result<std::unique_ptr<WritableFile>> CreateForWriting(const std::string& path) = 0;

  // A file that did not exist, with the bytes of the regular file `from`; only to be synced and
  // closed. Errors: those of CreateForWriting; kUnsupported (this file system does not share so, or
  // `from` lies on another; the default); those of opening `from`.
  virtual Result<std::unique_ptr<WritableFile>> CreateSharing(const std::string& path,
                                                              const std::string& from,
                                                              Sharing sharing);
  // Errors: kMissing, kIo.
  virtual Result<FileInfo> Stat(const std::string& path) = 0;
  // Describes the name itself: a link is not followed. The default, for file systems without
  // links, is Stat. Errors: kMissing, kIo.
  virtual Result<FileInfo> StatName(const std::string& path);
  // Names in a directory, sorted, without `.` and `..`. Errors: kMissing, kFileType, kIo.
  virtual Result<std::vector<std::string>> List(const std::string& directory) = 0;
  // With all its parents; those that it makes are on stable storage when it returns, so nothing
  // more is owed for them. Success if it exists. Errors: kFileType (a file, or a link that leads
  // nowhere, has the name of one), kMissing (an empty path), kReadOnly, kNoSpace, kIo.
  virtual Status CreateDirectories(const std::string& path) = 0;

  // Replaces `to` in one step. Errors: kMissing (`from`, or the directory of `to`), kFileType (a
  // file and a directory), kExists (`to` is a directory that is not empty), kReadOnly, kNoSpace,
  // kIo.
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  // The same, but an existing `to` is left alone. Errors: kExists, and those of Rename. On file
  // systems that know neither this nor hard links, another process may slip in between.
  virtual Status RenameNoReplace(const std::string& from, const std::string& to) = 0;
  // A file or a link, not a directory. Errors: kMissing, kFileType, kReadOnly, kIo.
  virtual Status Remove(const std::string& path) = 0;
  // An empty directory; a link to one is not followed. Errors: kMissing, kExists (it is not empty),
  // kFileType (a file or a link), kReadOnly, kIo, kUnsupported (the default).
  virtual Status RemoveDirectory(const std::string& path);
  // Returns when creations, renames and removals in `directory` are on stable storage. Errors:
  // kMissing, kFileType, kIo.
  virtual Status SyncDirectory(const std::string& directory) = 0;

  virtual Result<FreeSpace> GetFreeSpace(const std::string& directory) = 0;
  // The default is kLocal. Errors: kMissing, kIo.
  virtual Result<StorageKind> GetStorageKind(const std::string& directory);

  // Locks a file, which is created where it does not exist. Locks are between open files: a second
  // call in the same process is refused as well. The lock of a process that dies is free. Errors:
  // kLocked (somebody holds it), kFileType (a link, or not a regular file), kUnsupported (the
  // default), those of CreateForWriting.
  virtual Result<std::unique_ptr<LockedFile>> Lock(const std::string& path);

  // The same file system with `directory` held open: what lies in it is reached through the open
  // directory, so no call goes anywhere else when the directory is renamed and another one gets
  // its name. Errors: kMissing, kFileType, kIo, kUnsupported (the default).
  virtual Result<std::unique_ptr<FileSystem>> Hold(const std::string& directory);

  // Whether `path` names anything. Errors: kIo.
  Result<bool> Exists(const std::string& path);
};

// The machine's own (POSIX). Where the process has a limit on the size of its files, the program
// must ignore SIGXFSZ to see kTooBig. A failed fsync or close is never repeated.
CAIRN_EXPORT FileSystem& LocalFileSystem();

}  // namespace cairn

#endif  // CAIRN_IO_FILE_SYSTEM_H_
