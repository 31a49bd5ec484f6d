// A tensor whose elements are cast to another dtype while they are read.
#ifndef CAIRN_SOURCE_CAST_SOURCE_H_
#define CAIRN_SOURCE_CAST_SOURCE_H_

#include <memory>
#include <mutex>

#include "cairn/core/tensor_source.h"
#include "cairn/source/cast_counts.h"

namespace cairn {

// Counts what the cast of one tensor lost. A tensor that is read again is counted anew, so the
// numbers are those of its last reading. Safe to use from several threads.
class CastTally {
 public:
  void Set(const CastCounts& counts) {
    const std::lock_guard lock(mutex_);
    counts_ = counts;
  }
  CastCounts counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  mutable std::mutex mutex_;
  CastCounts counts_;
};

// Returns the elements of `stored` as CastElements casts them; `stored` itself where they have the
// dtype already. `tally` may be null. Errors: kMismatch (CanCast is false); of reading: those of
// `stored` and of CastElements.
Result<std::shared_ptr<const TensorSource>> CastSource(std::shared_ptr<const TensorSource> stored,
                                                       DType to,
                                                       std::shared_ptr<CastTally> tally = nullptr);

}  // namespace cairn

#endif  // CAIRN_SOURCE_CAST_SOURCE_H_
