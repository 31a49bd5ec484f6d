// How much memory a piece of code takes. Replaces the global operator new of the program it is
// linked into.
#ifndef CAIRN_TESTING_ALLOCATION_METER_H_
#define CAIRN_TESTING_ALLOCATION_METER_H_

#include <cstdint>

namespace cairn {

// Counts from its construction on, over all threads. One at a time.
class AllocationMeter {
 public:
  AllocationMeter();

  // The most bytes that were in use at once, above what was when the meter began.
  uint64_t peak_nbytes() const;

 private:
  int64_t start_;
};

}  // namespace cairn

#endif  // CAIRN_TESTING_ALLOCATION_METER_H_
