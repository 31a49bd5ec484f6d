#include "cairn/transfer/fault_watch.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstddef>

namespace cairn {
namespace {

constexpr size_t kTask = size_t{4} << 20;

// New anonymous memory in single pages, which faults once for each.
class FreshPages {
 public:
  FreshPages() {
    bytes_ = ::mmap(nullptr, kTask, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ::madvise(bytes_, kTask, MADV_NOHUGEPAGE);
  }
  FreshPages(const FreshPages&) = delete;
  FreshPages& operator=(const FreshPages&) = delete;
  ~FreshPages() { ::munmap(bytes_, kTask); }

  void Touch() {
    for (size_t i = 0; i < kTask; i += 4096) static_cast<volatile char*>(bytes_)[i] = 1;
  }

 private:
  void* bytes_;
};

TEST(FaultWatchTest, MemoryThatIsThereIsUsedInPlace) {
  FreshPages pages;
  pages.Touch();
  FaultWatch watch;
  for (int task = 0; task < 10; ++task) {
    EXPECT_FALSE(watch.ShouldCopy());
    pages.Touch();
    watch.EndTask(kTask);
  }
}

TEST(FaultWatchTest, TasksAfterOneWithManyFaultsCopyUntilTheNextTrial) {
  FaultWatch watch;
  for (int round = 0; round < 2; ++round) {
    FreshPages pages;
    EXPECT_FALSE(watch.ShouldCopy());
    pages.Touch();
    watch.EndTask(kTask);
    int copied = 0;
    for (; watch.ShouldCopy() && copied < 1000; ++copied) watch.EndTask(kTask);
    EXPECT_EQ(copied, 32);
  }
}

TEST(FaultWatchTest, ASmallTaskSaysNothing) {
  FaultWatch watch;
  FreshPages pages;
  EXPECT_FALSE(watch.ShouldCopy());
  pages.Touch();
  watch.EndTask(1000);
  EXPECT_FALSE(watch.ShouldCopy());
}

}  // namespace
}  // namespace cairn
