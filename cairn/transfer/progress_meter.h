// Adds up what the threads of a transfer have done, and tells its Progress.
#ifndef CAIRN_TRANSFER_PROGRESS_METER_H_
#define CAIRN_TRANSFER_PROGRESS_METER_H_

#include <mutex>

#include "cairn/transfer/transfer.h"

namespace cairn {

class ProgressMeter {
 public:
  // `progress` may be null.
  ProgressMeter(Progress* progress, uint64_t total_nbytes)
      : progress_(progress), total_nbytes_(total_nbytes) {}

  void Add(uint64_t nbytes) {
    if (progress_ == nullptr || nbytes == 0) return;
    const std::lock_guard lock(mutex_);
    done_nbytes_ += nbytes;
    progress_->Advance(done_nbytes_, total_nbytes_);
  }

 private:
  Progress* progress_;
  uint64_t total_nbytes_;
  std::mutex mutex_;
  uint64_t done_nbytes_ = 0;
};

}  // namespace cairn

#endif  // CAIRN_TRANSFER_PROGRESS_METER_H_
