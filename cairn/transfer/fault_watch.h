// Tells whether a worker should use mapped bytes in place or copy them into its buffer.
#ifndef CAIRN_TRANSFER_FAULT_WATCH_H_
#define CAIRN_TRANSFER_FAULT_WATCH_H_

#include <cstdint>

namespace cairn {

// Counts the page faults of one worker, task by task. The page cache holds a file in pieces between
// one page of 4 KiB and 2 MiB, depending on how the file was written and on the file system, and no
// call says which. A fault maps a large piece whole, and bytes are then best used in place; of
// single pages it maps 16, and copying them into a buffer that stays in the processor's cache takes
// two thirds of the time. So the worker uses a task's bytes in place, and where that caused many
// faults, the next tasks copy; after those it tries again, since the next file may differ.
class FaultWatch {
 public:
  // Called before each task; returns true if the task should copy.
  bool ShouldCopy();

  // Called after each task, with the number of mapped bytes that it went through.
  void EndTask(uint64_t nbytes);

 private:
  static uint64_t NumFaults();

  int copies_left_ = 0;
  uint64_t faults_before_ = 0;
};

}  // namespace cairn

#endif  // CAIRN_TRANSFER_FAULT_WATCH_H_
