#include "cairn/transfer/fault_watch.h"

#include <sys/resource.h>

#include <utility>

namespace cairn {
namespace {

// With single pages, there is a fault for each 64 KiB.
constexpr uint64_t kBytesPerFault = 128 << 10;
// One task in 33 costs 1 % where the answer does not change.
constexpr int kTasksThatCopy = 32;

}  // namespace

uint64_t FaultWatch::NumFaults() {
  struct rusage usage = {};
  return ::getrusage(RUSAGE_THREAD, &usage) == 0 ? static_cast<uint64_t>(usage.ru_minflt) : 0;
}

bool FaultWatch::BeginTask() {
  const uint64_t nbytes = std::exchange(sampled_nbytes_, 0);
  const uint64_t num_faults = std::exchange(num_faults_, 0);
  if (nbytes > 0 && num_faults * kBytesPerFault > nbytes) copies_left_ = kTasksThatCopy;
  if (copies_left_ == 0) return false;
  --copies_left_;
  return true;
}

}  // namespace cairn
