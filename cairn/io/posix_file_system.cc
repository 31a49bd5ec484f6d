// The local file system. Linux: renameat2.
#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
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
  return S_ISDIR(mode) ? FileKind::kDirectory : FileKind::kOther;
}

Status CheckIsRegular(const struct stat& info, const std::string& path) {
  if (S_ISREG(info.st_mode)) return {};
  return Status(
      Reason::kFileType,
      Escape(path) + ": is " + (S_ISDIR(info.st_mode) ? "a directory" : "not a regular file"));
}

Status AlreadyThere(const std::string& path) {
  return Status(Reason::kExists, Escape(path) + ": exists");
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::shared_ptr<const RandomAccessFile>> OpenForReading(const std::string& path,
                                                                 Access access) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(path));
    // Looked at before it is opened, since opening alone has effects on pipes and devices.
    struct stat info = {};
    if (::stat(path.c_str(), &info) != 0) return ReadError(errno, path, "open");
    CAIRN_RETURN_IF_ERROR(CheckIsRegular(info, path));
    // O_NONBLOCK: should a pipe have taken its place by now, it must not hang us.
    FileDescriptor fd(
        Retry([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); }));
    if (fd.get() < 0) return ReadError(errno, path, "open");
    if (::fstat(fd.get(), &info) != 0) return ReadError(errno, path, "fstat");
    CAIRN_RETURN_IF_ERROR(CheckIsRegular(info, path));
    return posix::MakeReader(std::move(fd), static_cast<uint64_t>(info.st_size), path, access);
  }

  Result<std::unique_ptr<WritableFile>> CreateForWriting(const std::string& path) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(path));
    FileDescriptor fd(Retry([&] {
      return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    }));
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
    if (::stat(path.c_str(), &info) != 0) return ReadError(errno, path, "stat");
    return FileInfo{KindOf(info.st_mode), static_cast<uint64_t>(info.st_size)};
  }

  Result<std::vector<std::string>> List(const std::string& directory) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(directory));
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
    if (!stream) return ReadError(errno, directory, "open");
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
    return ::rename(from.c_str(), to.c_str()) == 0 ? Status() : RenameError(errno, from, to);
  }

  Status RenameNoReplace(const std::string& from, const std::string& to) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(from));
    CAIRN_RETURN_IF_ERROR(CheckPath(to));
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
    if (errno != EINVAL && errno != ENOSYS) return RenameError(errno, from, to);
    // File systems without the flag (NFS, some FUSE): a hard link refuses an existing name too.
    if (::link(from.c_str(), to.c_str()) == 0) return Remove(from);
    if (errno == EEXIST) return AlreadyThere(to);
    // Those without hard links, and directories: look first.
    CAIRN_ASSIGN_OR_RETURN(const bool exists, Exists(to));
    return exists ? AlreadyThere(to) : Rename(from, to);
  }

  Status Remove(const std::string& path) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(path));
    return ::unlink(path.c_str()) == 0 ? Status() : Error(errno, path, "remove");
  }

  Status SyncDirectory(const std::string& directory) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(directory));
    FileDescriptor fd(
        Retry([&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (fd.get() < 0) return ReadError(errno, directory, "open");
    // EINVAL: this file system has no such call for directories; there is nothing more to ask of
    // it.
    if (Retry([&] { return ::fsync(fd.get()); }) == 0 || errno == EINVAL) return {};
    return ReadError(errno, directory, "fsync");
  }

  Result<FreeSpace> GetFreeSpace(const std::string& directory) override {
    CAIRN_RETURN_IF_ERROR(CheckPath(directory));
    struct statvfs info = {};
    if (Retry([&] { return ::statvfs(directory.c_str(), &info); }) != 0)
      return ReadError(errno, directory, "statvfs");
    FreeSpace space;
    space.nbytes = CheckedMul(info.f_bavail, info.f_frsize).value_or(UINT64_MAX);
    if (info.f_files != 0) space.num_files = info.f_favail;  // btrfs says 0: it does not count
    return space;
  }

 private:
  static Result<std::unique_ptr<WritableFile>> CreateHardLink(const std::string& path,
                                                              const std::string& from) {
    // Of the file, where `from` is a link to it.
    if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      if (errno == ENOENT || errno == EEXIST) return Error(errno, path, "link");
      return CannotShare(errno, from, "no hard link can be made");
    }
    FileDescriptor fd(
        Retry([&] { return ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC); }));
    if (fd.get() >= 0) return posix::MakeWriter(std::move(fd), path);
    const int error = errno;
    ::unlink(path.c_str());
    return Error(error, path, "open");
  }

  Result<std::unique_ptr<WritableFile>> CreateReflink(const std::string& path,
                                                      const std::string& from) {
    FileDescriptor source(Retry([&] { return ::open(from.c_str(), O_RDONLY | O_CLOEXEC); }));
    if (source.get() < 0) return ReadError(errno, from, "open");
    FileDescriptor fd(Retry([&] {
      return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    }));
    if (fd.get() < 0) return Error(errno, path, "create");
    if (::ioctl(fd.get(), FICLONE, source.get()) == 0)
      return posix::MakeWriter(std::move(fd), path);
    const int error = errno;
    ::unlink(path.c_str());
    return error == ENOSPC || error == EIO ? Error(error, path, "clone")
                                           : CannotShare(error, from, "no reflink can be made");
  }

  static Status CannotShare(int error, const std::string& from, const std::string& what) {
    return Status(Reason::kUnsupported, Escape(from) + ": " + what + ": " + std::strerror(error));
  }

  Result<bool> DirectoryExists(const std::string& path) {
    const Result<FileInfo> info = Stat(path);
    if (info.ok() && info->kind == FileKind::kDirectory) return true;
    if (info.ok()) return Status(Reason::kFileType, Escape(path) + ": is not a directory");
    if (info.status().reason() == Reason::kMissing) return false;
    return info.status();
  }

  // Durable when it returns: nobody else knows which of the parents are new.
  Status CreateDirectory(const std::string& path) {
    if (::mkdir(path.c_str(), 0777) == 0) return SyncDirectory(DirectoryOf(path));
    if (errno != EEXIST) return Error(errno, path, "mkdir");
    // Another process was faster, or a link leads nowhere.
    CAIRN_ASSIGN_OR_RETURN(const bool exists, DirectoryExists(path));
    if (exists) return {};
    return Status(Reason::kFileType, Escape(path) + ": is a link that leads nowhere");
  }

  static Status RenameError(int error, const std::string& from, const std::string& to) {
    if (error == ENOENT || error == ENOTDIR) {
      struct stat info = {};
      if (::lstat(from.c_str(), &info) != 0) return Error(error, from, "rename");
    }
    return Error(error, to, "rename");
  }
};

}  // namespace

FileSystem& LocalFileSystem() {
  static PosixFileSystem file_system;
  return file_system;
}

}  // namespace cairn
