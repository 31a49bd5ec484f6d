// The local file system. Linux: renameat2, locks of open files (F_OFD_SETLK).
#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ranges>

#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"
#include "cairn/io/file_system.h"
#include "cairn/io/path.h"
#include "cairn/io/posix_error.h"
#include "cairn/io/posix_file.h"

namespace cairn {
namespace {

using posix::CheckPath;
using posix::Error;
using posix::FileDescriptor;
using posix::ReadError;
using posix::Retry;

FileKind KindOf(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::kRegular;
  if (S_ISLNK(mode)) return FileKind::kLink;
  return S_ISDIR(mode) ? FileKind::kDirectory : FileKind::kOther;
}

FileInfo InfoOf(const struct stat& info) {
  constexpr int64_t kNanoseconds = 1'000'000'000;
  return {.kind = KindOf(info.st_mode),
          .size = static_cast<uint64_t>(info.st_size),
          .id = {info.st_dev, info.st_ino},
          .modified_ns = info.st_mtim.tv_sec * kNanoseconds + info.st_mtim.tv_nsec};
}

Status CheckIsRegular(const struct stat& info, const std::string& path) {
  if (S_ISREG(info.st_mode)) return {};
  return Status(Reason::kFileType,
                S_ISDIR(info.st_mode) ? "is a directory" : "is not a regular file")
      .AtPath(path);
}

StorageKind StorageOf(const struct statfs& info) {
  switch (static_cast<uint32_t>(info.f_type)) {
    case NFS_SUPER_MAGIC:
    case SMB_SUPER_MAGIC:
    case CIFS_SUPER_MAGIC:
    case SMB2_SUPER_MAGIC:
    case V9FS_MAGIC:
      return StorageKind::kNetwork;
    case FUSE_SUPER_MAGIC:
      return StorageKind::kUserSpace;
    default:
      return StorageKind::kLocal;
  }
}

// A path as the system calls take it: relative to an open directory.
struct Place {
  int directory = AT_FDCWD;
  const char* path = nullptr;
};

// The whole file system, or one in which the paths below a directory are reached through that
// directory, held open.
class PosixFileSystem final : public FileSystem {
 public:
  PosixFileSystem() = default;
  PosixFileSystem(std::string held, FileDescriptor directory)
      : held_(std::move(held)), directory_(std::move(directory)) {}

  Result<std::shared_ptr<const RandomAccessFile>> OpenForReading(const std::string& path,
                                                                 Access access) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(path));
    // Looked at before it is opened, since opening alone has effects on pipes and devices.
    struct stat info = {};
    if (StatAt(path, 0, info) != 0) return ReadError(errno, path, "open");
    CAIRN_RETURN_IF_ERROR(CheckIsRegular(info, path));
    // O_NONBLOCK: should a pipe have taken its place by now, it must not hang us.
    FileDescriptor fd = OpenAt(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd.get() < 0) return ReadError(errno, path, "open");
    if (::fstat(fd.get(), &info) != 0) return ReadError(errno, path, "fstat");
    CAIRN_RETURN_IF_ERROR(CheckIsRegular(info, path));
    return posix::MakeReader(std::move(fd), static_cast<uint64_t>(info.st_size), path, access);
  }

  Result<std::unique_ptr<WritableFile>> CreateForWriting(const std::string& path) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(path));
    FileDescriptor fd = OpenAt(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC);
    if (fd.get() < 0) return Error(errno, path, "create");
    return posix::MakeWriter(std::move(fd), path);
  }

  Result<std::unique_ptr<WritableFile>> CreateSharing(const std::string& path,
                                                      const std::string& from,
                                                      Sharing sharing) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(path));
    CAIRN_RETURN_IF_ERROR(CheckPath(from));
    return sharing == Sharing::kHardLink ? CreateHardLink(path, from) : CreateReflink(path, from);
  }

  Result<FileInfo> Stat(const std::string& path) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(path));
    struct stat info = {};
    if (StatAt(path, 0, info) != 0) return ReadError(errno, path, "stat");
    return InfoOf(info);
  }

  Result<FileInfo> StatName(const std::string& path) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(path));
    struct stat info = {};
    if (StatAt(path, AT_SYMLINK_NOFOLLOW, info) != 0) return ReadError(errno, path, "stat");
    return InfoOf(info);
  }

  Result<std::vector<std::string>> List(const std::string& directory) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(directory));
    FileDescriptor fd = OpenAt(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    if (fd.get() < 0) return ReadError(errno, directory, "open");
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(fd.get()), ::closedir);
    if (!stream) return ReadError(errno, directory, "open");
    fd.release();  // closedir closes it
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
      errno = 0;
    }
    if (errno != 0) return ReadError(errno, directory, "read");
    std::ranges::sort(names);
    return names;
  }

  Status CreateDirectories(const std::string& path) override {
    std::vector<std::string> missing;  // the innermost first
    for (std::string next = path;; next = DirectoryOf(next)) {
      CAIRN_ASSIGN_OR_RETURN(const bool exists, DirectoryExists(next));
      if (exists) break;
      missing.push_back(next);
      if (DirectoryOf(next) == next) break;  // not even `.`: the working directory was removed
    }
    for (const std::string& directory : std::views::reverse(missing))
      CAIRN_RETURN_IF_ERROR(CreateDirectory(directory));
    return {};
  }

  Status Rename(const std::string& from, const std::string& to) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(from));
    CAIRN_RETURN_IF_ERROR(CheckPath(to));
    const Place a = PlaceOf(from), b = PlaceOf(to);
    return ::renameat(a.directory, a.path, b.directory, b.path) == 0 ? Status()
                                                                     : RenameError(errno, from, to);
  }

  Status RenameNoReplace(const std::string& from, const std::string& to) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(from));
    CAIRN_RETURN_IF_ERROR(CheckPath(to));
    const Place a = PlaceOf(from), b = PlaceOf(to);
    if (::renameat2(a.directory, a.path, b.directory, b.path, RENAME_NOREPLACE) == 0) return {};
    if (errno != EINVAL && errno != ENOSYS) return RenameError(errno, from, to);
    // File systems without the flag (NFS, some FUSE): a hard link refuses an existing name too.
    if (::linkat(a.directory, a.path, b.directory, b.path, 0) == 0) return Remove(from);
    if (errno == EEXIST) return AlreadyThere(to);
    // File systems without hard links, and directories, need a look first.
    CAIRN_ASSIGN_OR_RETURN(const bool exists, Exists(to));
    return exists ? AlreadyThere(to) : Rename(from, to);
  }

  Status Remove(const std::string& path) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(path));
    const Place place = PlaceOf(path);
    return ::unlinkat(place.directory, place.path, 0) == 0 ? Status()
                                                           : Error(errno, path, "remove");
  }

  Status RemoveDirectory(const std::string& path) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(path));
    const Place place = PlaceOf(path);
    return ::unlinkat(place.directory, place.path, AT_REMOVEDIR) == 0
               ? Status()
               : Error(errno, path, "remove");
  }

  Status SyncDirectory(const std::string& directory) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(directory));
    FileDescriptor fd = OpenAt(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd.get() < 0) return ReadError(errno, directory, "open");
    // EINVAL: this file system has no such call for directories; there is nothing more to ask of
    // it.
    if (Retry([&] { return ::fsync(fd.get()); }) == 0 || errno == EINVAL) return {};
    return ReadError(errno, directory, "fsync");
  }

  Result<FreeSpace> GetFreeSpace(const std::string& directory) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(directory));
    struct statvfs info = {};
    if (StatvfsAt(directory, info) != 0) return ReadError(errno, directory, "statvfs");
    FreeSpace space;
    space.nbytes = CheckedMul(info.f_bavail, info.f_frsize).value_or(UINT64_MAX);
    if (info.f_files != 0) space.num_files = info.f_favail;  // btrfs says 0: it does not count
    return space;
  }

  Result<StorageKind> GetStorageKind(const std::string& directory) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(directory));
    const FileDescriptor fd = OpenAt(directory, O_PATH | O_CLOEXEC);
    if (fd.get() < 0) return ReadError(errno, directory, "open");
    struct statfs info = {};
    if (Retry([&] { return ::fstatfs(fd.get(), &info); }) != 0)
      return ReadError(errno, directory, "statfs");
    return StorageOf(info);
  }

  Result<std::unique_ptr<LockedFile>> Lock(const std::string& path) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(path));
    // Somebody who removes the file between our opening and locking it leaves us with a lock that
    // nobody else will ever meet.
    for (int attempt = 0; attempt < kMaxLockAttempts; ++attempt) {
      FileDescriptor fd = OpenAt(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
      if (fd.get() < 0) return Error(errno, path, "open");
      struct stat info = {};
      if (::fstat(fd.get(), &info) != 0) return Error(errno, path, "fstat");
      CAIRN_RETURN_IF_ERROR(CheckIsRegular(info, path));
      CAIRN_ASSIGN_OR_RETURN(const bool is_exclusive, posix::LockWhole(fd.get(), path));
      struct stat named = {};
      const bool is_named =
          StatAt(path, AT_SYMLINK_NOFOLLOW, named) == 0 && InfoOf(named).id == InfoOf(info).id;
      if (is_named) return posix::MakeLocked(std::move(fd), path, is_exclusive);
    }
    return Status(Reason::kChanged, "is replaced again and again").AtPath(path);
  }

  Result<std::unique_ptr<FileSystem>> Hold(const std::string& directory) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(directory));
    FileDescriptor fd = OpenAt(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd.get() < 0) return ReadError(errno, directory, "open");
    return std::make_unique<PosixFileSystem>(directory, std::move(fd));
  }

 private:
  static constexpr int kMaxLockAttempts = 100;

  // A held directory by its own name is ".".
  Place PlaceOf(const std::string& path) const {
    if (directory_.get() < 0 || !path.starts_with(held_)) return {AT_FDCWD, path.c_str()};
    if (path.size() == held_.size()) return {directory_.get(), "."};
    if (path[held_.size()] != '/' && !held_.ends_with('/')) return {AT_FDCWD, path.c_str()};
    const size_t inner = path.find_first_not_of('/', held_.size());
    return {directory_.get(), inner == std::string::npos ? "." : path.c_str() + inner};
  }

  FileDescriptor OpenAt(const std::string& path, int flags) const {
    const Place place = PlaceOf(path);
    return FileDescriptor(
        Retry([&] { return ::openat(place.directory, place.path, flags, 0666); }));
  }

  int StatAt(const std::string& path, int flags, struct stat& info) const {
    const Place place = PlaceOf(path);
    return ::fstatat(place.directory, place.path, &info, flags);
  }

  int StatvfsAt(const std::string& directory, struct statvfs& info) const {
    const FileDescriptor fd = OpenAt(directory, O_PATH | O_CLOEXEC);
    if (fd.get() < 0) return -1;
    return Retry([&] { return ::fstatvfs(fd.get(), &info); });
  }

  Result<std::unique_ptr<WritableFile>> CreateHardLink(const std::string& path,
                                                       const std::string& from) const {
    const Place a = PlaceOf(from), b = PlaceOf(path);
    // If `from` is a link, the new name is one of the file that it leads to.
    if (::linkat(a.directory, a.path, b.directory, b.path, AT_SYMLINK_FOLLOW) != 0) {
      if (errno == ENOENT || errno == EEXIST) return Error(errno, path, "link");
      return CannotShare(errno, from, "no hard link can be made");
    }
    FileDescriptor fd = OpenAt(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd.get() >= 0) return posix::MakeWriter(std::move(fd), path);
    const int error = errno;
    ::unlinkat(b.directory, b.path, 0);
    return Error(error, path, "open");
  }

  Result<std::unique_ptr<WritableFile>> CreateReflink(const std::string& path,
                                                      const std::string& from) const {
    FileDescriptor source = OpenAt(from, O_RDONLY | O_CLOEXEC);
    if (source.get() < 0) return ReadError(errno, from, "open");
    FileDescriptor fd = OpenAt(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC);
    if (fd.get() < 0) return Error(errno, path, "create");
    if (::ioctl(fd.get(), FICLONE, source.get()) == 0)
      return posix::MakeWriter(std::move(fd), path);
    const int error = errno;
    const Place place = PlaceOf(path);
    ::unlinkat(place.directory, place.path, 0);
    return error == ENOSPC || error == EIO ? Error(error, path, "clone")
                                           : CannotShare(error, from, "no reflink can be made");
  }

  static Status CannotShare(int error, const std::string& from, const std::string& what) {
    return Status(Reason::kUnsupported, what + ": " + std::strerror(error)).AtPath(from);
  }

  Result<bool> DirectoryExists(const std::string& path) {
    const Result<FileInfo> info = Stat(path);
    if (info.ok() && info->kind == FileKind::kDirectory) return true;
    if (info.ok()) return Status(Reason::kFileType, "is not a directory").AtPath(path);
    if (info.status().reason() == Reason::kMissing) return false;
    return info.status();
  }

  // Durable when it returns: nobody else knows which of the parents are new.
  Status CreateDirectory(const std::string& path) {
    const Place place = PlaceOf(path);
    if (::mkdirat(place.directory, place.path, 0777) == 0) return SyncDirectory(DirectoryOf(path));
    if (errno != EEXIST) return Error(errno, path, "mkdir");
    // Another process was faster, or a link leads nowhere.
    CAIRN_ASSIGN_OR_RETURN(const bool exists, DirectoryExists(path));
    if (exists) return {};
    return Status(Reason::kFileType, "is a link that leads nowhere").AtPath(path);
  }

  Status RenameError(int error, const std::string& from, const std::string& to) const {
    if (error == ENOENT || error == ENOTDIR) {
      struct stat info = {};
      if (StatAt(from, AT_SYMLINK_NOFOLLOW, info) != 0) return Error(error, from, "rename");
    }
    return Error(error, to, "rename");
  }

  std::string held_;
  FileDescriptor directory_{-1};  // of `held_`; none: paths are what they say
};

}  // namespace

FileSystem& LocalFileSystem() {
  static PosixFileSystem file_system;
  return file_system;
}

}  // namespace cairn
