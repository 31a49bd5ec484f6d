#include "cairn/transfer/worker_threads.h"

// Linux: sched_getaffinity.
#include <sched.h>

#include <algorithm>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace cairn {
namespace {

// The error of the earliest task. That others were stopped says nothing if one failed.
class FirstError {
 public:
  void Add(size_t task, Status error) {
    const std::lock_guard lock(mutex_);
    const bool is_weaker = error.reason() == Reason::kCancelled;
    const bool old_is_weaker = error_.ok() || error_.reason() == Reason::kCancelled;
    if (is_weaker ? !error_.ok() : !old_is_weaker && task_ < task) return;
    task_ = task;
    error_ = std::move(error);
  }
  Status Take() { return std::move(error_); }

 private:
  std::mutex mutex_;
  size_t task_ = 0;
  Status error_;
};

// Fewer than wanted where the machine refuses.
std::vector<std::thread> StartThreads(int first, int end, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  try {
    for (int worker = first; worker < end; ++worker) threads.emplace_back(work, worker);
  } catch (const std::system_error&) {
    // The threads that did start share all of the work.
  }
  return threads;
}

}  // namespace

Status StopFlag::Check() const {
  if (!IsUp()) return {};
  return Status(Reason::kCancelled, "the transfer was cancelled");
}

int NumThreads(int requested) {
  if (requested > 0) return requested;
  // The C++ library reads files of /sys for this, which takes forty times as long.
  cpu_set_t usable;
  if (::sched_getaffinity(0, sizeof usable, &usable) == 0) return std::max(CPU_COUNT(&usable), 1);
  return std::max(static_cast<int>(std::thread::hardware_concurrency()), 1);
}

Status RunTasks(size_t num_tasks, int threads, StopFlag& stop,
                const std::function<Status(int worker, size_t task)>& run) {
  std::atomic<size_t> next = 0;
  FirstError error;
  const auto work = [&](int worker) {
    for (size_t task = next++; task < num_tasks; task = next++) {
      Status status = stop.Check();
      if (status.ok()) status = run(worker, task);
      if (status.ok()) continue;
      error.Add(task, std::move(status));
      stop.Raise();
      return;
    }
  };
  const int useful = static_cast<int>(std::min<size_t>(threads, num_tasks));
  std::vector<std::thread> others = StartThreads(1, useful, work);
  work(0);
  for (std::thread& thread : others) thread.join();
  return error.Take();
}

}  // namespace cairn
