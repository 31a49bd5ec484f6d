// Linux: fallocate, F_OFD_SETLK.
#include "cairn/io/posix_file.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <optional>

#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"
#include "cairn/io/posix_error.h"

namespace cairn::posix {
namespace {

static_assert(sizeof(off_t) == 8 && sizeof(size_t) == 8, "files may be larger than 2 GiB");

Status ReadFully(int fd, const std::string& path, uint64_t offset, MutableBytes out) {
  while (!out.empty()) {
    const ssize_t count =
        Retry([&] { return ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset)); });
    if (count < 0) return ReadError(errno, path, "read");
    if (count == 0) {
      return Status(Reason::kChanged,
                    "the file ends at " + std::to_string(offset) + ", it was cut while open")
          .AtPath(path);
    }
    offset += static_cast<uint64_t>(count);
    out = out.subspan(static_cast<size_t>(count));
  }
  return {};
}

Status WriteFully(int fd, const std::string& path, uint64_t offset, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t count =
        Retry([&] { return ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (count < 0) return Error(errno, path, "write");
    if (count == 0) return Error(EIO, path, "write");  // it would be so for ever
    offset += static_cast<uint64_t>(count);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return {};
}

class PosixFile final : public RandomAccessFile {
 public:
  PosixFile(FileDescriptor fd, uint64_t size, std::string path)
      : fd_(std::move(fd)), size_(size), path_(std::move(path)) {}

  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    if (!RangeFits(offset, out.size(), size_))
      return PastTheEnd(offset, out.size(), size_).AtPath(path_);
    return ReadFully(fd_.get(), path_, offset, out);
  }
  uint64_t size() const override { return size_; }
  const std::string& path() const override { return path_; }

 private:
  FileDescriptor fd_;
  uint64_t size_;
  std::string path_;
};

// A mapping needs no descriptor, and a checkpoint may have more shards than a process may have
// descriptors: only files opened while few are in use keep theirs. The kernel hands out the lowest
// number that is free.
constexpr int kMaxKeptDescriptor = 256;

class MappedFile final : public RandomAccessFile {
 public:
  MappedFile(Bytes bytes, FileDescriptor fd, const std::string& path) : bytes_(bytes), path_(path) {
    if (fd.get() < kMaxKeptDescriptor) unmapped_.emplace(std::move(fd), bytes.size(), path);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile() override { ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size()); }

  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    if (!RangeFits(offset, out.size(), bytes_.size()))
      return PastTheEnd(offset, out.size(), bytes_.size()).AtPath(path_);
    CopyBytes(bytes_.subspan(offset, out.size()), out.data());
    return {};
  }
  uint64_t size() const override { return bytes_.size(); }
  const std::string& path() const override { return path_; }
  Bytes mapped() const override { return bytes_; }
  const RandomAccessFile* unmapped() const override { return unmapped_ ? &*unmapped_ : nullptr; }

 private:
  Bytes bytes_;
  std::string path_;
  std::optional<PosixFile> unmapped_;
};

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(FileDescriptor fd, std::string path)
      : fd_(std::move(fd)), path_(std::move(path)) {}

  Status WriteAt(uint64_t offset, Bytes bytes) override {
    if (!RangeFits(offset, bytes.size(), INT64_MAX)) return TooBig();
    CAIRN_ASSIGN_OR_RETURN(const uint64_t done, WriteWholeBlocks(offset, bytes));
    return WriteThroughCache(offset + done, bytes.subspan(done));
  }

  void WriteBehind() override { writes_behind_ = true; }

  void BypassPageCache() override {
    // The flag belongs to an open file, so that one of them has it and the other has not.
    const std::string self = "/proc/self/fd/" + std::to_string(fd_.get());
    direct_fd_.emplace(::open(self.c_str(), O_WRONLY | O_DIRECT | O_CLOEXEC));
    is_direct_ = direct_fd_->get() >= 0;
  }

  Status Allocate(uint64_t nbytes) override {
    if (nbytes == 0) return {};
    if (nbytes > INT64_MAX) return TooBig();
    const auto size = static_cast<off_t>(nbytes);
    // Without fallocate (NFS, FUSE) a full disk shows when the bytes are written.
    if (Retry([&] { return ::fallocate(fd_.get(), 0, 0, size); }) != 0 && errno != EOPNOTSUPP &&
        errno != ENOSYS) {
      return Error(errno, path_, "fallocate");
    }
    // fallocate makes no file shorter.
    return Retry([&] { return ::ftruncate(fd_.get(), size); }) == 0
               ? Status()
               : Error(errno, path_, "truncate");
  }

  // Its answer does not matter: Sync tells what could not be written.
  void BeginSync() override {
    (void)::sync_file_range(fd_.get(), 0, kToTheEnd, SYNC_FILE_RANGE_WRITE);
  }

  Status Sync() override {
    // Repeated where a signal came before anything was asked of the device; never after any other
    // error: the kernel may have dropped the pages then, and says success the next time.
    return Retry([&] { return ::fsync(fd_.get()); }) == 0 ? Status() : Error(errno, path_, "fsync");
  }

  Status Close() override {
    // Not repeated either: the descriptor is gone whatever close answers, and its number may be
    // another thread's by now. NFS and quotas report lost writes here.
    return ::close(fd_.release()) == 0 ? Status() : Error(errno, path_, "close");
  }

  const std::string& path() const override { return path_; }

 private:
  Status WriteThroughCache(uint64_t offset, Bytes bytes) {
    CAIRN_RETURN_IF_ERROR(WriteFully(fd_.get(), path_, offset, bytes));
    if (writes_behind_ && bytes.size() >= kWrittenBehind)
      (void)::sync_file_range(fd_.get(), static_cast<off_t>(offset),
                              static_cast<off_t>(bytes.size()), SYNC_FILE_RANGE_WRITE);
    return {};
  }

  // Writes the bytes up to the end of their last whole block, those of whole blocks directly.
  // Returns how many were written: none if they are few, if their address does not allow it, or if
  // the file system refuses.
  Result<uint64_t> WriteWholeBlocks(uint64_t offset, Bytes bytes) {
    const uint64_t before = (kBlock - offset % kBlock) % kBlock;
    const auto address = reinterpret_cast<uintptr_t>(bytes.data()) + before;
    if (!is_direct_ || bytes.size() < kShortestDirect || address % kBlock != 0) return uint64_t{0};
    const Bytes blocks = bytes.subspan(before, (bytes.size() - before) / kBlock * kBlock);
    const ssize_t count = Retry([&] {
      return ::pwrite(direct_fd_->get(), blocks.data(), blocks.size(),
                      static_cast<off_t>(offset + before));
    });
    if (count < 0 && errno != EINVAL) return Error(errno, path_, "write");
    if (count <= 0) {
      is_direct_ = false;
      return uint64_t{0};
    }
    CAIRN_RETURN_IF_ERROR(WriteThroughCache(offset, bytes.first(before)));
    return before + static_cast<uint64_t>(count);
  }

  Status TooBig() const { return Status(Reason::kTooBig, "2^63 bytes or more").AtPath(path_); }

  static constexpr off_t kToTheEnd = 0;
  // A smaller write is likely to be written to again, such as a header whose checksums come last.
  static constexpr uint64_t kWrittenBehind = 1 << 20;
  // No device has larger blocks.
  static constexpr uint64_t kBlock = 4096;
  // A smaller write costs less in the page cache than the wait for the device.
  static constexpr uint64_t kShortestDirect = 256 << 10;

  FileDescriptor fd_;
  std::optional<FileDescriptor> direct_fd_;
  std::atomic<bool> is_direct_ = false;
  std::string path_;
  bool writes_behind_ = false;
};

// Closing the descriptor frees the lock, and so does the death of the process.
class PosixLockedFile final : public LockedFile {
 public:
  PosixLockedFile(FileDescriptor fd, std::string path, bool is_exclusive)
      : fd_(std::move(fd)), path_(std::move(path)), is_exclusive_(is_exclusive) {}

  bool is_exclusive() const override { return is_exclusive_; }

  Result<std::string> Read() const override {
    std::string content(kMaxLockedContent, '\0');
    size_t nbytes = 0;
    ssize_t count = 0;
    do {
      count = Retry([&] {
        return ::pread(fd_.get(), content.data() + nbytes, content.size() - nbytes,
                       static_cast<off_t>(nbytes));
      });
      if (count < 0) return ReadError(errno, path_, "read");
      nbytes += static_cast<size_t>(count);
    } while (count > 0);
    content.resize(nbytes);
    return content;
  }

  Status Replace(Bytes content) override {
    if (Retry([&] { return ::ftruncate(fd_.get(), 0); }) != 0)
      return Error(errno, path_, "truncate");
    CAIRN_RETURN_IF_ERROR(WriteFully(fd_.get(), path_, 0, content));
    return Retry([&] { return ::fsync(fd_.get()); }) == 0 ? Status() : Error(errno, path_, "fsync");
  }

 private:
  static constexpr size_t kMaxLockedContent = size_t{64} << 10;

  FileDescriptor fd_;
  std::string path_;
  bool is_exclusive_;
};

// Memory for pages that are written to is not set aside: usually few of them are.
void* MapFile(int fd, uint64_t size, Access access) {
  if (access == Access::kMapPrivate)
    return ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
  return ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
}

}  // namespace

std::shared_ptr<const RandomAccessFile> MakeReader(FileDescriptor fd, uint64_t size,
                                                   const std::string& path, Access access) {
  if (access != Access::kRead && size > 0) {
    void* address = MapFile(fd.get(), size, access);
    if (address != MAP_FAILED) {
      const Bytes bytes(static_cast<const std::byte*>(address), size);
      return std::make_shared<const MappedFile>(bytes, std::move(fd), path);
    }
  }
  return std::make_shared<const PosixFile>(std::move(fd), size, path);
}

std::unique_ptr<WritableFile> MakeWriter(FileDescriptor fd, const std::string& path) {
  return std::make_unique<PosixWritableFile>(std::move(fd), path);
}

Result<bool> LockWhole(int fd, const std::string& path) {
  struct flock whole = {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (Retry([&] { return ::fcntl(fd, F_OFD_SETLK, &whole); }) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return Status(Reason::kLocked, "is locked").AtPath(path);
  if (errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL) return false;
  return Error(errno, path, "lock");
}

std::unique_ptr<LockedFile> MakeLocked(FileDescriptor fd, const std::string& path,
                                       bool is_exclusive) {
  return std::make_unique<PosixLockedFile>(std::move(fd), path, is_exclusive);
}

}  // namespace cairn::posix
