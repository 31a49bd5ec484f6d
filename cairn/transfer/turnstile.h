// Lets the tasks of several threads pass a point in their order.
#ifndef CAIRN_TRANSFER_TURNSTILE_H_
#define CAIRN_TRANSFER_TURNSTILE_H_

#include <condition_variable>
#include <mutex>

#include "cairn/transfer/worker_threads.h"

namespace cairn {

// For tasks that RunTasks begins in order, so that the first that has not passed is always running.
class Turnstile {
 public:
  explicit Turnstile(StopFlag& stop) : stop_(stop) {}

  // Returns when all tasks before this one have passed. Errors: kCancelled, after which nobody
  // passes any more.
  Status Await(size_t task) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return next_ == task || stop_.IsUp(); });
    return stop_.Check();
  }

  void Pass() {
    const std::lock_guard lock(mutex_);
    ++next_;
    changed_.notify_all();
  }

  // Wakes those who wait for a task that will not come.
  void Stop() {
    const std::lock_guard lock(mutex_);
    stop_.Raise();
    changed_.notify_all();
  }

 private:
  StopFlag& stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t next_ = 0;
};

}  // namespace cairn

#endif  // CAIRN_TRANSFER_TURNSTILE_H_
