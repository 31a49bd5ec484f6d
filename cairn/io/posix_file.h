// Open files of the local file system.
#ifndef CAIRN_IO_POSIX_FILE_H_
#define CAIRN_IO_POSIX_FILE_H_

#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "cairn/io/file_system.h"

namespace cairn::posix {

// Owns a descriptor; -1 is none.
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

// Makes a reader of a regular file with `size` bytes. A file that cannot be mapped is read.
std::shared_ptr<const RandomAccessFile> MakeReader(FileDescriptor fd, uint64_t size,
                                                   const std::string& path, Access access);

std::unique_ptr<WritableFile> MakeWriter(FileDescriptor fd, const std::string& path);

// Locks a whole file, open for writing, against every other open file, in this process too. False
// where the file system has no locks. Errors: kLocked, kIo.
Result<bool> LockWhole(int fd, const std::string& path);

std::unique_ptr<LockedFile> MakeLocked(FileDescriptor fd, const std::string& path,
                                       bool is_exclusive);

}  // namespace cairn::posix

#endif  // CAIRN_IO_POSIX_FILE_H_
