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

bool TouchIn(FaultWatch& watch, FreshPages& pages, uint64_t nbytes = kTask) {
  return watch.Count(nbytes, [&] {
    pages.Touch();
    return true;
  });
}

TEST(FaultWatchTest, MemoryThatIsThereIsUsedInPlace) {
  FreshPages pages;
  pages.Touch();
  FaultWatch watch;
  for (int task = 0; task < 10; ++task) {
    EXPECT_FALSE(watch.BeginTask());
    EXPECT_TRUE(TouchIn(watch, pages));
  }
}

// Returns how many tasks copy after one that was used in place and had `pages` under it.
int CopiesAfter(FaultWatch& watch, FreshPages& pages) {
  EXPECT_FALSE(watch.BeginTask());
  TouchIn(watch, pages);
  int copied = 0;
  while (copied < 1000 && watch.BeginTask()) ++copied;
  // The last call began a task in place: it says nothing, since it touches nothing.
  return copied;
}

TEST(FaultWatchTest, TwiceAsManyTasksCopyAfterEachTrialWithManyFaults) {
  FaultWatch watch;
  for (const int expected : {1, 2, 4, 8, 16, 32, 32}) {
    FreshPages pages;
    EXPECT_EQ(CopiesAfter(watch, pages), expected);
  }
}

TEST(FaultWatchTest, ATrialWithFewFaultsStartsAnew) {
  FaultWatch watch;
  FreshPages present;
  present.Touch();
  for (int round = 0; round < 2; ++round) {
    FreshPages first;
    EXPECT_EQ(CopiesAfter(watch, first), 1);
    FreshPages second;
    EXPECT_EQ(CopiesAfter(watch, second), 2);
    EXPECT_EQ(CopiesAfter(watch, present), 0);
  }
}

TEST(FaultWatchTest, OnlyTheBeginningOfATaskCounts) {
  FaultWatch watch;
  FreshPages present;
  present.Touch();
  EXPECT_FALSE(watch.BeginTask());
  TouchIn(watch, present);
  FreshPages fresh;
  TouchIn(watch, fresh);
  EXPECT_FALSE(watch.BeginTask());
}

TEST(FaultWatchTest, ASmallPieceSaysNothing) {
  FaultWatch watch;
  FreshPages pages;
  EXPECT_FALSE(watch.BeginTask());
  TouchIn(watch, pages, 1000);
  EXPECT_FALSE(watch.BeginTask());
}

}  // namespace
}  // namespace cairn
