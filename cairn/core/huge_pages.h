// Memory in huge pages, where the machine has them: 2 MiB for one page fault and one entry of the
// TLB, not 512 of each.
#ifndef CAIRN_CORE_HUGE_PAGES_H_
#define CAIRN_CORE_HUGE_PAGES_H_

#include <cstddef>
#include <cstdint>
#include <new>

namespace cairn {

inline constexpr uint64_t kHugePageNbytes = uint64_t{2} << 20;

// Returns zeroed memory of its own mapping, or null where there is none; `nbytes` is above 0. From
// kHugePageNbytes on, it lies in huge pages.
std::byte* MapMemory(uint64_t nbytes);
// Gives back all that MapMemory(nbytes) gave.
void UnmapMemory(std::byte* memory, uint64_t nbytes);

// Does the same, but the memory may hold any bytes; it begins at a page. Memory that was given back
// lately comes first, because the machine must zero new memory, which takes as long as to fill it.
// The process keeps at most 20 MiB in huge pages for that, and what malloc keeps. Safe to call from
// several threads at once.
std::byte* TakeMemory(uint64_t nbytes);
// Gives back what TakeMemory(nbytes) gave.
void GiveBackMemory(std::byte* memory, uint64_t nbytes);

// For containers that may grow large, and are filled from one end to the other.
template <typename T>
class HugePageAllocator {
 public:
  using value_type = T;

  HugePageAllocator() = default;
  // Containers make the allocators of their parts from theirs.
  template <typename U>
  HugePageAllocator(const HugePageAllocator<U>&) {}  // NOLINT(google-explicit-constructor)

  T* allocate(size_t count) {
    if (count > SIZE_MAX / 2 / sizeof(T)) throw std::bad_array_new_length();
    if (!IsLarge(count)) return static_cast<T*>(::operator new(count * sizeof(T)));
    std::byte* const memory = TakeMemory(count * sizeof(T));
    if (memory == nullptr) throw std::bad_alloc();
    return reinterpret_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t count) {
    if (!IsLarge(count)) return ::operator delete(memory);
    GiveBackMemory(reinterpret_cast<std::byte*>(memory), count * sizeof(T));
  }

  template <typename U>
  bool operator==(const HugePageAllocator<U>&) const {
    return true;
  }

 private:
  static_assert(alignof(T) <= alignof(std::max_align_t));
  static bool IsLarge(size_t count) { return count * sizeof(T) >= kHugePageNbytes; }
};

}  // namespace cairn

#endif  // CAIRN_CORE_HUGE_PAGES_H_
