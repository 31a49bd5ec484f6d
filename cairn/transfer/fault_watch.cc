#include "cairn/transfer/fault_watch.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

namespace cairn {
namespace {

// With single pages, there is a fault for each 64 KiB.
constexpr uint64_t kBytesPerFault = 128 << 10;
// One task in 33 costs 1 % where the answer does not change.
constexpr int kMostCopies = 32;

}  // namespace

uint64_t FaultWatch::NumFaults() {
  struct rusage usage = {};
  return ::getrusage(RUSAGE_THREAD, &usage) == 0 ? static_cast<uint64_t>(usage.ru_minflt) : 0;
}

bool FaultWatch::BeginTask() {
  const uint64_t nbytes = std::exchange(sampled_nbytes_, 0);
  const uint64_t num_faults = std::exchange(num_faults_, 0);
  if (nbytes > 0) {
    const bool has_small_pieces = num_faults * kBytesPerFault > nbytes;
    next_copies_ = has_small_pieces ? std::clamp(2 * next_copies_, 1, kMostCopies) : 0;
    copies_left_ = next_copies_;
  }
  if (copies_left_ == 0) return false;
  --copies_left_;
  return true;
}

}  // namespace cairn
