#include "cairn/transfer/worker_threads.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <chrono>
#include <set>
#include <thread>
#include <vector>

namespace cairn {
namespace {

TEST(RunTasksTest, EveryTaskRunsOnce) {
  std::vector<std::atomic<int>> runs(1000);
  StopFlag stop;
  const Status status = RunTasks(runs.size(), 4, stop, [&](int worker, size_t task) -> Status {
    EXPECT_LT(worker, 4);
    ++runs[task];
    return {};
  });
  EXPECT_TRUE(status.ok());
  for (const auto& count : runs) EXPECT_EQ(count, 1);
}

TEST(RunTasksTest, AWorkerRunsOneTaskAtATime) {
  std::vector<std::atomic<bool>> busy(3);
  StopFlag stop;
  const Status status = RunTasks(300, 3, stop, [&](int worker, size_t /*task*/) -> Status {
    EXPECT_FALSE(busy[worker].exchange(true));
    std::this_thread::yield();
    busy[worker] = false;
    return {};
  });
  EXPECT_TRUE(status.ok());
}

TEST(RunTasksTest, OneTaskRunsOnTheCallingThread) {
  StopFlag stop;
  std::thread::id ran_on;
  const Status status = RunTasks(1, 8, stop, [&](int worker, size_t /*task*/) -> Status {
    EXPECT_EQ(worker, 0);
    ran_on = std::this_thread::get_id();
    return {};
  });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(RunTasksTest, OfSeveralErrorsThatOfTheEarliestTaskIsReturned) {
  for (int round = 0; round < 50; ++round) {
    StopFlag stop;
    const Status status = RunTasks(64, 4, stop, [](int /*worker*/, size_t task) -> Status {
      if (task < 7) return {};
      // The later task is the first to fail.
      if (task == 7) std::this_thread::sleep_for(std::chrono::microseconds(200));
      return Status(Reason::kIo, "task " + std::to_string(task));
    });
    EXPECT_EQ(status.message(), "task 7");
  }
}

TEST(RunTasksTest, NoTaskIsBegunAfterAnError) {
  std::atomic<int> runs = 0;
  StopFlag stop;
  const Status status = RunTasks(1'000'000, 1, stop, [&](int /*worker*/, size_t task) -> Status {
    ++runs;
    return task == 3 ? Status(Reason::kIo, "broken") : Status();
  });
  EXPECT_EQ(status.reason(), Reason::kIo);
  EXPECT_EQ(runs, 4);
}

TEST(RunTasksTest, ThatOthersWereStoppedDoesNotHideTheError) {
  StopFlag stop;
  const Status status = RunTasks(2, 2, stop, [&](int /*worker*/, size_t task) -> Status {
    if (task == 1) return Status(Reason::kCrc, "damaged");
    while (!stop.IsUp()) std::this_thread::yield();
    return stop.Check();
  });
  EXPECT_EQ(status.reason(), Reason::kCrc);
}

TEST(RunTasksTest, CancelledByTheCaller) {
  std::atomic<bool> cancel = true;
  StopFlag stop(&cancel);
  const Status status = RunTasks(5, 2, stop, [](int /*worker*/, size_t /*task*/) -> Status {
    ADD_FAILURE() << "a task ran";
    return {};
  });
  EXPECT_EQ(status.reason(), Reason::kCancelled);
}

TEST(NumThreadsTest, ZeroIsAsManyAsTheThreadMayUseCores) {
  EXPECT_GE(NumThreads(0), 1);
  EXPECT_EQ(NumThreads(3), 3);
  std::thread pinned([] {
    cpu_set_t one;
    ASSERT_EQ(::sched_getaffinity(0, sizeof one, &one), 0);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) > 1; ++cpu) CPU_CLR(cpu, &one);
    ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
    EXPECT_EQ(NumThreads(0), 1);
  });
  pinned.join();
}

}  // namespace
}  // namespace cairn
