// Memory that two processes have in common: tensors on their way to a worker, and back.
#ifndef CAIRN_ENGINES_TENSORFLOW_SHARED_MEMORY_H_
#define CAIRN_ENGINES_TENSORFLOW_SHARED_MEMORY_H_

#include <cstdint>
#include <utility>

#include "cairn/core/bytes.h"
#include "cairn/core/status.h"
#include "cairn/io/posix_file.h"

namespace cairn::tensorflow {

// A mapped range of memory that begins at a page. It cannot become shorter, whatever the other
// process does: reading it never raises a signal.
class SharedMemory {
 public:
  enum class Access : uint8_t { kRead, kReadWrite };

  // New memory, all zeros, and its descriptor in `fd()`. Errors: kNoMemory.
  static Result<SharedMemory> Create(uint64_t nbytes);
  // The first `nbytes` bytes of memory that another process has created. Errors: kEngine (it is not
  // such memory, or has fewer bytes), kNoMemory.
  static Result<SharedMemory> Map(posix::FileDescriptor fd, uint64_t nbytes, Access access);

  SharedMemory(SharedMemory&& other) noexcept
      : fd_(std::move(other.fd_)), bytes_(std::exchange(other.bytes_, {})) {}
  SharedMemory& operator=(SharedMemory&&) = delete;
  ~SharedMemory();

  MutableBytes bytes() const { return bytes_; }
  // For the other process. -1 if there are no bytes, or after CloseDescriptor.
  int fd() const { return fd_.get(); }
  // The memory stays as it is. A process can have many mappings, but few descriptors.
  void CloseDescriptor();

 private:
  SharedMemory(posix::FileDescriptor fd, MutableBytes bytes) : fd_(std::move(fd)), bytes_(bytes) {}

  posix::FileDescriptor fd_;
  MutableBytes bytes_;
};

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_SHARED_MEMORY_H_
