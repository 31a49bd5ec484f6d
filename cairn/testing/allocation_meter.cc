#include "cairn/testing/allocation_meter.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<int64_t> in_use{0};
std::atomic<int64_t> peak{0};

void* Count(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  const auto nbytes = static_cast<int64_t>(malloc_usable_size(memory));
  const int64_t now = in_use.fetch_add(nbytes) + nbytes;
  int64_t highest = peak.load();
  while (highest < now && !peak.compare_exchange_weak(highest, now)) {
  }
  return memory;
}

void Release(void* memory) {
  if (memory != nullptr) in_use -= static_cast<int64_t>(malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

void* operator new(size_t nbytes) { return Count(std::malloc(std::max<size_t>(nbytes, 1))); }
void* operator new(size_t nbytes, const std::nothrow_t&) noexcept {
  void* const memory = std::malloc(std::max<size_t>(nbytes, 1));
  return memory == nullptr ? nullptr : Count(memory);
}
void* operator new(size_t nbytes, std::align_val_t alignment) {
  const auto unit = static_cast<size_t>(alignment);
  return Count(std::aligned_alloc(unit, (nbytes + unit - 1) / unit * unit));
}
void* operator new(size_t nbytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  const auto unit = static_cast<size_t>(alignment);
  void* const memory = std::aligned_alloc(unit, (nbytes + unit - 1) / unit * unit);
  return memory == nullptr ? nullptr : Count(memory);
}
void operator delete(void* memory) noexcept { Release(memory); }
void operator delete(void* memory, size_t) noexcept { Release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { Release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { Release(memory); }
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  Release(memory);
}
void operator delete(void* memory, size_t, std::align_val_t) noexcept { Release(memory); }

namespace cairn {

AllocationMeter::AllocationMeter() : start_(in_use.load()) { peak = start_; }

uint64_t AllocationMeter::peak_nbytes() const {
  return static_cast<uint64_t>(peak.load() - start_);
}

}  // namespace cairn
