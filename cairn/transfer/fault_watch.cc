#include "cairn/transfer/fault_watch.h"

#include <sys/resource.h>

namespace cairn {
namespace {

// With single pages, there is a fault for each 64 KiB.
constexpr uint64_t kBytesPerFault = 128 << 10;
// A task that is smaller says little: other faults weigh too much in it.
constexpr uint64_t kSmallestSample = 1 << 20;
// One task in 33 costs 1 % where the answer does not change.
constexpr int kTasksThatCopy = 32;

}  // namespace

uint64_t FaultWatch::NumFaults() {
  struct rusage usage = {};
  return ::getrusage(RUSAGE_THREAD, &usage) == 0 ? static_cast<uint64_t>(usage.ru_minflt) : 0;
}

bool FaultWatch::ShouldCopy() {
  if (copies_left_ > 0) return true;
  faults_before_ = NumFaults();
  return false;
}

void FaultWatch::EndTask(uint64_t nbytes) {
  if (copies_left_ > 0) {
    --copies_left_;
    return;
  }
  if (nbytes < kSmallestSample) return;
  if ((NumFaults() - faults_before_) * kBytesPerFault > nbytes) copies_left_ = kTasksThatCopy;
}

}  // namespace cairn
