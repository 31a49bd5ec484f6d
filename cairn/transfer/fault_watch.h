// Tells whether a worker should use mapped bytes in place or copy them into its buffer.
#ifndef CAIRN_TRANSFER_FAULT_WATCH_H_
#define CAIRN_TRANSFER_FAULT_WATCH_H_

#include <cstdint>

namespace cairn {

// Counts the page faults that one worker has when it first touches mapped bytes, task by task. The
// page cache holds a file in pieces between one page of 4 KiB and 2 MiB, depending on how the file
// was written and on the file system, and no call says which. A fault maps a large piece whole, and
// bytes are then best used in place; of single pages it maps 16, and copying them into a buffer
// that stays in the processor's cache takes between two thirds of the time and all of it, depending
// on how the pages are scattered in memory. So the worker uses a task's bytes in place, and if that
// caused many faults, the next task copies. Then it tries again, since a file may have large pieces
// beside small ones; each time that the answer is the same, twice as many tasks copy before the
// next trial.
class FaultWatch {
 public:
  // Called before each task; returns true if the task should copy.
  bool BeginTask();

  // Runs `touch`, which goes through `nbytes` mapped bytes for the first time in this task, and
  // returns what it returns.
  template <typename Touch>
  auto Count(uint64_t nbytes, Touch touch) {
    if (nbytes < kSmallest || sampled_nbytes_ >= kSample) return touch();
    const uint64_t before = NumFaults();
    const auto result = touch();
    num_faults_ += NumFaults() - before;
    sampled_nbytes_ += nbytes;
    return result;
  }

 private:
  // Counting takes as long as a checksum of about 8 KiB: it is done for a part of a task, and not
  // for small pieces.
  static constexpr uint64_t kSmallest = 64 << 10;
  static constexpr uint64_t kSample = 1 << 20;

  static uint64_t NumFaults();

  int copies_left_ = 0;
  int next_copies_ = 0;
  uint64_t sampled_nbytes_ = 0;
  uint64_t num_faults_ = 0;
};

}  // namespace cairn

#endif  // CAIRN_TRANSFER_FAULT_WATCH_H_
