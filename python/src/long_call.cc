#include "python/src/long_call.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

namespace cairn::python {
namespace {

namespace nb = nanobind;

// Smaller work ends before anybody could interrupt it.
constexpr uint64_t kLongNbytes = uint64_t{32} << 20;
// Work of this size is not worth a second thread.
constexpr uint64_t kOneThreadNbytes = uint64_t{1} << 20;
constexpr std::chrono::milliseconds kGlance{50};

// One piece of work on a thread of its own.
class BackgroundWork final : private Progress {
 public:
  explicit BackgroundWork(const LongWork& work) : work_(work), thread_([this] { Run(); }) {}
  ~BackgroundWork() override {
    if (thread_.joinable()) thread_.join();
  }

  // Waits for a moment. Returns whether the work has ended.
  bool WaitForAGlance() {
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, kGlance, [this] { return status_.has_value(); });
  }

  // Asks the work to stop, and waits until it has.
  void Stop() {
    cancel_.store(true, std::memory_order_relaxed);
    thread_.join();
  }

  // Returns the status of the work, which has ended.
  Status status() const { return *status_; }

  uint64_t done_nbytes() const { return done_nbytes_.load(std::memory_order_relaxed); }
  uint64_t total_nbytes() const { return total_nbytes_.load(std::memory_order_relaxed); }

 private:
  void Advance(uint64_t done_nbytes, uint64_t total_nbytes) override {
    done_nbytes_.store(done_nbytes, std::memory_order_relaxed);
    total_nbytes_.store(total_nbytes, std::memory_order_relaxed);
  }

  void Run() {
    Status status = work_({.progress = this, .cancel = &cancel_});
    const std::lock_guard lock(mutex_);
    status_ = std::move(status);
    ended_.notify_one();
  }

  const LongWork& work_;
  std::atomic<bool> cancel_ = false;
  std::atomic<uint64_t> done_nbytes_ = 0;
  std::atomic<uint64_t> total_nbytes_ = 0;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::optional<Status> status_;
  std::thread thread_;  // the last member: it begins when the others are there
};

// Handles signals and shows how far the work is. Raises what their handlers raise.
void Glance(const BackgroundWork& work, nb::handle progress) {
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
  if (!progress.is_none()) progress(work.done_nbytes(), work.total_nbytes());
}

Status RunInBackground(nb::handle progress, const LongWork& work) {
  BackgroundWork background(work);
  std::exception_ptr interruption;
  {
    const nb::gil_scoped_release release;
    while (!interruption && !background.WaitForAGlance()) {
      const nb::gil_scoped_acquire acquire;
      try {
        Glance(background, progress);
      } catch (...) {
        interruption = std::current_exception();
      }
    }
    if (interruption) background.Stop();
  }
  if (interruption) std::rethrow_exception(interruption);
  if (!progress.is_none()) progress(background.done_nbytes(), background.total_nbytes());
  return background.status();
}

}  // namespace

Status RunWithoutGil(uint64_t nbytes, nb::handle progress, const LongWork& work) {
  if (nbytes >= kLongNbytes) return RunInBackground(progress, work);
  const nb::gil_scoped_release release;
  return work({.threads = nbytes < kOneThreadNbytes ? 1 : 0});
}

}  // namespace cairn::python
