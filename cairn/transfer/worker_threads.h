// Runs the tasks of one call on threads of its own, and stops them together.
#ifndef CAIRN_TRANSFER_WORKER_THREADS_H_
#define CAIRN_TRANSFER_WORKER_THREADS_H_

#include <atomic>
#include <cstddef>
#include <functional>

#include "cairn/core/status.h"

namespace cairn {

// Up when the caller cancelled or a task failed. Long tasks look at it between their steps.
class StopFlag {
 public:
  explicit StopFlag(const std::atomic<bool>* cancel = nullptr) : cancel_(cancel) {}

  void Raise() { raised_.store(true, std::memory_order_relaxed); }
  bool IsUp() const {
    return raised_.load(std::memory_order_relaxed) ||
           (cancel_ != nullptr && cancel_->load(std::memory_order_relaxed));
  }
  // Errors: kCancelled.
  Status Check() const;

 private:
  const std::atomic<bool>* cancel_;
  std::atomic<bool> raised_ = false;
};

// Returns `requested`, or, if it is 0, as many threads as the calling thread may use cores of the
// machine (`taskset` and containers allow fewer); at least 1.
int NumThreads(int requested);

// Calls run(worker, task) once for each task below `num_tasks`; `worker` is below `threads` and no
// worker runs two tasks at once, so it can index what each thread needs for itself. The calling
// thread is worker 0; with one thread or one task no other is started, and where the machine gives
// no more threads fewer do the work.
//
// Tasks are begun in order. After an error none is begun any more, and of several errors that of
// the earliest task is returned. Errors: kCancelled, those of `run`.
Status RunTasks(size_t num_tasks, int threads, StopFlag& stop,
                const std::function<Status(int worker, size_t task)>& run);

}  // namespace cairn

#endif  // CAIRN_TRANSFER_WORKER_THREADS_H_
