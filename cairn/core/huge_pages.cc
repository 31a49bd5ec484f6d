#include "cairn/core/huge_pages.h"

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstdlib>

namespace cairn {
namespace {

constexpr uint64_t kPageNbytes = 4096;
// No memory is larger, so that no sum below overflows.
constexpr uint64_t kMostNbytes = INT64_MAX - 2 * kHugePageNbytes;

std::byte* MapPages(uint64_t nbytes) {
  void* address =
      ::mmap(nullptr, nbytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return address == MAP_FAILED ? nullptr : static_cast<std::byte*>(address);
}

uint64_t RoundUp(uint64_t nbytes, uint64_t unit = kHugePageNbytes) {
  return (nbytes + unit - 1) / unit * unit;
}

// Huge pages need memory that begins at a multiple of their size: maps more, gives the ends back.
std::byte* MapHugePages(uint64_t nbytes) {
  std::byte* const mapped = MapPages(nbytes + kHugePageNbytes);
  if (mapped == nullptr) return nullptr;
  const uint64_t before = -reinterpret_cast<uintptr_t>(mapped) % kHugePageNbytes;
  const uint64_t after = kHugePageNbytes - before;
  if (before > 0) ::munmap(mapped, before);
  if (after > 0) ::munmap(mapped + before + nbytes, after);
#ifdef MADV_HUGEPAGE
  // Where the machine has none, small pages do.
  (void)::madvise(mapped + before, nbytes, MADV_HUGEPAGE);
#endif
  return mapped + before;
}

// Hold memory that was given back: at most one piece of one huge page, one of two, and so on. Each
// changes in one step, so threads need no lock, and a fork finds none that is held.
std::array<std::atomic<std::byte*>, 4> kept_pages;

// Returns where memory of this size is kept, or null if it is not.
std::atomic<std::byte*>* KeptOfSize(uint64_t nbytes) {
  if (nbytes > kept_pages.size() * kHugePageNbytes) return nullptr;
  return &kept_pages[RoundUp(nbytes) / kHugePageNbytes - 1];
}

}  // namespace

std::byte* MapMemory(uint64_t nbytes) {
  if (nbytes > kMostNbytes) return nullptr;
  return nbytes >= kHugePageNbytes ? MapHugePages(RoundUp(nbytes)) : MapPages(nbytes);
}

void UnmapMemory(std::byte* memory, uint64_t nbytes) {
  // munmap works on whole pages; so the end that MapHugePages gives back must be one, too.
  ::munmap(memory, nbytes >= kHugePageNbytes ? RoundUp(nbytes) : nbytes);
}

std::byte* TakeMemory(uint64_t nbytes) {
  if (nbytes < kHugePageNbytes)
    return static_cast<std::byte*>(std::aligned_alloc(kPageNbytes, RoundUp(nbytes, kPageNbytes)));
  std::atomic<std::byte*>* const kept = KeptOfSize(nbytes);
  std::byte* const memory = kept == nullptr ? nullptr : kept->exchange(nullptr);
  return memory != nullptr ? memory : MapMemory(nbytes);
}

void GiveBackMemory(std::byte* memory, uint64_t nbytes) {
  if (nbytes < kHugePageNbytes) return std::free(memory);
  if (std::atomic<std::byte*>* const kept = KeptOfSize(nbytes); kept != nullptr)
    memory = kept->exchange(memory);
  if (memory != nullptr) UnmapMemory(memory, nbytes);
}

}  // namespace cairn
