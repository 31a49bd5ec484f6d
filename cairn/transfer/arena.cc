#include "cairn/transfer/arena.h"

#include <sys/mman.h>

#include "cairn/core/checked_math.h"

namespace cairn {
namespace {

constexpr uint64_t kHugePage = uint64_t{2} << 20;

Status NoMemory(uint64_t nbytes) {
  return Status(Reason::kNoMemory, std::to_string(nbytes) + " bytes of memory are not to be had");
}

std::byte* MapMemory(uint64_t nbytes) {
  void* address =
      ::mmap(nullptr, nbytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return address == MAP_FAILED ? nullptr : static_cast<std::byte*>(address);
}

// Huge pages need memory that begins at a multiple of their size: maps more, gives the ends back.
std::byte* MapHugePages(uint64_t nbytes) {
  std::byte* const mapped = MapMemory(nbytes + kHugePage);
  if (mapped == nullptr) return nullptr;
  const uint64_t before = -reinterpret_cast<uintptr_t>(mapped) % kHugePage;
  const uint64_t after = kHugePage - before;
  if (before > 0) ::munmap(mapped, before);
  if (after > 0) ::munmap(mapped + before + nbytes, after);
#ifdef MADV_HUGEPAGE
  // Where the machine has none, small pages do.
  (void)::madvise(mapped + before, nbytes, MADV_HUGEPAGE);
#endif
  return mapped + before;
}

}  // namespace

Result<std::shared_ptr<Arena>> Arena::Make(uint64_t nbytes) {
  if (nbytes == 0) return std::shared_ptr<Arena>(new Arena({}, 0));
  if (nbytes > INT64_MAX - 2 * kHugePage) return NoMemory(nbytes);
  // munmap works on whole pages; so the end that MapHugePages gives back must be one, too.
  const bool is_large = nbytes >= kHugePage;
  const uint64_t rounded = (nbytes + kHugePage - 1) / kHugePage * kHugePage;
  std::byte* const memory = is_large ? MapHugePages(rounded) : MapMemory(nbytes);
  if (memory == nullptr) return NoMemory(nbytes);
  return std::shared_ptr<Arena>(new Arena({memory, nbytes}, is_large ? rounded : nbytes));
}

Arena::~Arena() {
  if (mapped_nbytes_ > 0) ::munmap(bytes_.data(), mapped_nbytes_);
}

}  // namespace cairn
