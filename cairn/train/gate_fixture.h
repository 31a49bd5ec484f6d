// Holds the thread that writes checkpoints, for tests of what happens meanwhile.
#ifndef CAIRN_TRAIN_GATE_FIXTURE_H_
#define CAIRN_TRAIN_GATE_FIXTURE_H_

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "cairn/saver/saved_checkpoint.h"

namespace cairn {

// Holds the thread of the writer after each checkpoint, until the test lets it go on.
class Gate {
 public:
  void Arrive(const SavedCheckpoint& saved) {
    std::unique_lock lock(mutex_);
    arrived_.push_back(saved.name);
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_open_ || num_let_through_ > 0; });
    if (!is_open_) --num_let_through_;
  }
  void AwaitArrivals(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_.size() >= count; });
  }
  void LetOneThrough() {
    const std::lock_guard lock(mutex_);
    ++num_let_through_;
    changed_.notify_all();
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }
  std::vector<std::string> arrived() {
    const std::lock_guard lock(mutex_);
    return arrived_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> arrived_;
  int num_let_through_ = 0;
  bool is_open_ = false;
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_GATE_FIXTURE_H_
