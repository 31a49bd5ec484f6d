// The local file system: POSIX calls, with two of Linux (renameat2, fallocate).
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cairn/core/checked_math.h"
#include "cairn/io/file_system.h"
#include "cairn/io/path.h"

namespace cairn {
namespace {

// Repeats a call that a signal interrupted.
template <typename Call>
auto Retry(Call call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result == -1 && errno == EINTR);
  return result;
}

Reason ReasonOfErrno(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return Reason::kMissing;
    case EEXIST:
      return Reason::kExists;
    case EISDIR:
    case ELOOP:
      return Reason::kFileType;
    case EACCES:
    case EPERM:
    case EROFS:
      return Reason::kReadOnly;
    case ENOSPC:
    case EDQUOT:
      return Reason::kNoSpace;
    case EFBIG:
      return Reason::kTooBig;
    case ENOMEM:
      return Reason::kNoMemory;
    case ENAMETOOLONG:
      return Reason::kPath;
    default:
      return Reason::kIo;
  }
}

// "path: call: No such file or directory", from errno.
Status ErrnoStatus(const std::string& path, const char* call) {
  const int error = errno;
  return Status(ReasonOfErrno(error), path + ": " + call + ": " + std::strerror(error));
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Status ReadFully(int fd, const std::string& path, uint64_t offset, MutableBytes out) {
  while (!out.empty()) {
    const ssize_t count =
        Retry([&] { return ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset)); });
    if (count < 0) return ErrnoStatus(path, "read");
    if (count == 0) {
      return Status(Reason::kTruncated, path + ": the file ends at " + std::to_string(offset) +
                                            ", it was cut while open");
    }
    offset += static_cast<uint64_t>(count);
    out = out.subspan(static_cast<size_t>(count));
  }
  return {};
}

class PosixFile final : public RandomAccessFile {
 public:
  PosixFile(FileDescriptor fd, uint64_t size, std::string path)
      : fd_(std::move(fd)), size_(size), path_(std::move(path)) {}

  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    if (!RangeFits(offset, out.size(), size_))
      return PastTheEnd(offset, out.size(), size_).In(path_);
    return ReadFully(fd_.get(), path_, offset, out);
  }
  uint64_t size() const override { return size_; }
  const std::string& path() const override { return path_; }

 private:
  FileDescriptor fd_;
  uint64_t size_;
  std::string path_;
};

class MappedFile final : public RandomAccessFile {
 public:
  MappedFile(Bytes bytes, std::string path) : bytes_(bytes), path_(std::move(path)) {}
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile() override { ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size()); }

  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    if (!RangeFits(offset, out.size(), bytes_.size()))
      return PastTheEnd(offset, out.size(), bytes_.size()).In(path_);
    std::ranges::copy(bytes_.subspan(offset, out.size()), out.begin());
    return {};
  }
  uint64_t size() const override { return bytes_.size(); }
  const std::string& path() const override { return path_; }
  Bytes mapped() const override { return bytes_; }

 private:
  Bytes bytes_;
  std::string path_;
};

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(FileDescriptor fd, std::string path)
      : fd_(std::move(fd)), path_(std::move(path)) {}

  Status WriteAt(uint64_t offset, Bytes bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = Retry([&] {
        return ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      });
      if (count < 0) return ErrnoStatus(path_, "write");
      offset += static_cast<uint64_t>(count);
      bytes = bytes.subspan(static_cast<size_t>(count));
    }
    return {};
  }

  Status Allocate(uint64_t nbytes) override {
    if (nbytes == 0) return {};
    if (nbytes > INT64_MAX)
      return Status(Reason::kTooBig, path_ + ": " + std::to_string(nbytes) + " bytes");
    if (Retry([&] { return ::fallocate(fd_.get(), 0, 0, static_cast<off_t>(nbytes)); }) == 0)
      return {};
    // Without fallocate (NFS, FUSE) a full disk shows when the bytes are written.
    if (errno == EOPNOTSUPP || errno == ENOSYS) return {};
    return ErrnoStatus(path_, "fallocate");
  }

  Status Sync() override {
    // Not repeated on EINTR or any other error: after one failure the kernel may have dropped the
    // pages.
    return ::fsync(fd_.get()) == 0 ? Status() : ErrnoStatus(path_, "fsync");
  }

  Status Close() override {
    return ::close(fd_.release()) == 0 ? Status() : ErrnoStatus(path_, "close");
  }

  const std::string& path() const override { return path_; }

 private:
  FileDescriptor fd_;
  std::string path_;
};

FileKind KindOf(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::kRegular;
  return S_ISDIR(mode) ? FileKind::kDirectory : FileKind::kOther;
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::shared_ptr<const RandomAccessFile>> OpenForReading(const std::string& path,
                                                                 Access access) override {
    // O_NONBLOCK: a pipe without a writer must not hang us before we see what it is.
    FileDescriptor fd(
        Retry([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); }));
    if (fd.get() < 0) return ErrnoStatus(path, "open");
    struct stat info = {};
    if (::fstat(fd.get(), &info) != 0) return ErrnoStatus(path, "fstat");
    if (!S_ISREG(info.st_mode)) {
      const bool is_directory = S_ISDIR(info.st_mode);
      return Status(Reason::kFileType,
                    path + ": is " + (is_directory ? "a directory" : "not a regular file"));
    }
    const auto size = static_cast<uint64_t>(info.st_size);
    if (access == Access::kMap && size > 0) {
      void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd.get(), 0);
      if (address != MAP_FAILED) {
        return std::make_shared<const MappedFile>(
            Bytes(static_cast<const std::byte*>(address), size), path);
      }
      // A file that cannot be mapped can still be read.
    }
    return std::make_shared<const PosixFile>(std::move(fd), size, path);
  }

  Result<std::unique_ptr<WritableFile>> CreateForWriting(const std::string& path) override {
    FileDescriptor fd(Retry([&] {
      return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    }));
    if (fd.get() < 0) return ErrnoStatus(path, "create");
    return std::make_unique<PosixWritableFile>(std::move(fd), path);
  }

  Result<FileInfo> Stat(const std::string& path) override {
    struct stat info = {};
    if (::stat(path.c_str(), &info) != 0) return ErrnoStatus(path, "stat");
    return FileInfo{KindOf(info.st_mode), static_cast<uint64_t>(info.st_size)};
  }

  Result<std::vector<std::string>> List(const std::string& directory) override {
    DIR* stream = ::opendir(directory.c_str());
    if (stream == nullptr) return ErrnoStatus(directory, "open");
    std::unique_ptr<DIR, int (*)(DIR*)> closer(stream, ::closedir);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(stream)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
      errno = 0;
    }
    if (errno != 0) return ErrnoStatus(directory, "read");
    std::ranges::sort(names);
    return names;
  }

  Status CreateDirectories(const std::string& path) override {
    const Result<FileInfo> info = Stat(path);
    if (info.ok()) {
      if (info->kind == FileKind::kDirectory) return {};
      return Status(Reason::kFileType, path + ": is not a directory");
    }
    const std::string parent = DirectoryOf(path);
    if (parent != path) CAIRN_RETURN_IF_ERROR(CreateDirectories(parent));
    if (::mkdir(path.c_str(), 0777) == 0 || errno == EEXIST) return {};
    return ErrnoStatus(path, "mkdir");
  }

  Status Rename(const std::string& from, const std::string& to) override {
    return ::rename(from.c_str(), to.c_str()) == 0 ? Status() : ErrnoStatus(to, "rename");
  }

  Status RenameNoReplace(const std::string& from, const std::string& to) override {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
    if (errno != EINVAL && errno != ENOSYS) return ErrnoStatus(to, "rename");
    // File systems without the flag (NFS, some FUSE): look first.
    CAIRN_ASSIGN_OR_RETURN(const bool exists, Exists(to));
    if (exists) return Status(Reason::kExists, to + ": exists");
    return Rename(from, to);
  }

  Status Remove(const std::string& path) override {
    return ::unlink(path.c_str()) == 0 ? Status() : ErrnoStatus(path, "remove");
  }

  Status SyncDirectory(const std::string& directory) override {
    FileDescriptor fd(
        Retry([&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (fd.get() < 0) return ErrnoStatus(directory, "open");
    return ::fsync(fd.get()) == 0 ? Status() : ErrnoStatus(directory, "fsync");
  }

  Result<FreeSpace> GetFreeSpace(const std::string& directory) override {
    struct statvfs info = {};
    if (Retry([&] { return ::statvfs(directory.c_str(), &info); }) != 0)
      return ErrnoStatus(directory, "statvfs");
    FreeSpace space{static_cast<uint64_t>(info.f_bavail) * info.f_frsize, std::nullopt};
    if (info.f_files != 0) space.num_files = info.f_favail;  // btrfs says 0: it does not count
    return space;
  }
};

}  // namespace

FileSystem& LocalFileSystem() {
  static PosixFileSystem file_system;
  return file_system;
}

}  // namespace cairn
