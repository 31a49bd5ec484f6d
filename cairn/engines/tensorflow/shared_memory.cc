#include "cairn/engines/tensorflow/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstring>

#include "cairn/engines/tensorflow/tensor_size.h"

namespace cairn::tensorflow {
namespace {

constexpr int kKeepsItsSize = F_SEAL_SHRINK | F_SEAL_GROW;

Result<MutableBytes> MapBytes(int fd, uint64_t nbytes, int protection) {
  void* start = ::mmap(nullptr, nbytes, protection, MAP_SHARED, fd, 0);
  if (start == MAP_FAILED) return CannotAllocate(nbytes);
  return MutableBytes(static_cast<std::byte*>(start), nbytes);
}

}  // namespace

Result<SharedMemory> SharedMemory::Create(uint64_t nbytes) {
  if (nbytes == 0) return SharedMemory(posix::FileDescriptor(-1), {});
  // The kernel hands out shared memory that it does not have, and ends processes when it is used.
  CAIRN_RETURN_IF_ERROR(CheckMachineHas(nbytes));
  posix::FileDescriptor fd(::memfd_create("cairn-tensor", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (fd.get() < 0) {
    return Status(Reason::kNoMemory,
                  std::string("cannot make memory for two processes: ") + std::strerror(errno));
  }
  if (::ftruncate(fd.get(), static_cast<off_t>(nbytes)) != 0 ||
      ::fcntl(fd.get(), F_ADD_SEALS, kKeepsItsSize) != 0)
    return CannotAllocate(nbytes);
  CAIRN_ASSIGN_OR_RETURN(const MutableBytes bytes,
                         MapBytes(fd.get(), nbytes, PROT_READ | PROT_WRITE));
  return SharedMemory(std::move(fd), bytes);
}

Result<SharedMemory> SharedMemory::Map(posix::FileDescriptor fd, uint64_t nbytes, Access access) {
  if (nbytes == 0) return SharedMemory(posix::FileDescriptor(-1), {});
  struct stat info = {};
  const int seals = ::fcntl(fd.get(), F_GET_SEALS);
  if (seals == -1 || (seals & kKeepsItsSize) != kKeepsItsSize || ::fstat(fd.get(), &info) != 0 ||
      static_cast<uint64_t>(info.st_size) < nbytes) {
    return Status(Reason::kEngine, "expected shared memory of " + std::to_string(nbytes) +
                                       " bytes, got something else");
  }
  const int protection = access == Access::kRead ? PROT_READ : PROT_READ | PROT_WRITE;
  CAIRN_ASSIGN_OR_RETURN(const MutableBytes bytes, MapBytes(fd.get(), nbytes, protection));
  return SharedMemory(std::move(fd), bytes);
}

SharedMemory::~SharedMemory() {
  if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

void SharedMemory::CloseDescriptor() {
  const int fd = fd_.release();
  if (fd >= 0) ::close(fd);
}

}  // namespace cairn::tensorflow
