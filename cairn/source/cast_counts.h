// How much a cast could not keep.
#ifndef CAIRN_SOURCE_CAST_COUNTS_H_
#define CAIRN_SOURCE_CAST_COUNTS_H_

#include <cstdint>

namespace cairn {

// Numbers of elements. Ordinary rounding to the nearest value is not counted.
struct CastCounts {
  uint64_t num_overflowed = 0;  // finite, and too great: they became infinity, NaN or the greatest
  uint64_t num_zeroed = 0;      // too small: they became zero
  uint64_t num_truncated = 0;   // had a fraction, which an integer has not

  CastCounts& operator+=(const CastCounts& other) {
    num_overflowed += other.num_overflowed;
    num_zeroed += other.num_zeroed;
    num_truncated += other.num_truncated;
    return *this;
  }
  friend bool operator==(const CastCounts&, const CastCounts&) = default;
};

}  // namespace cairn

#endif  // CAIRN_SOURCE_CAST_COUNTS_H_
