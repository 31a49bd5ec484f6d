// Computes statistics of tensors in one pass over their values.
#ifndef CAIRN_INSPECT_STATISTICS_H_
#define CAIRN_INSPECT_STATISTICS_H_

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "cairn/core/tensor_source.h"
#include "cairn/inspect/histogram.h"
#include "cairn/transfer/transfer.h"

namespace cairn {

// An element: 64-bit integers stay exact.
using Number = std::variant<double, int64_t, uint64_t>;

// Statistics of a numeric tensor; complex numbers count by their absolute value. Minimum, maximum,
// mean, standard deviation and histogram are over the finite elements, of which there may be none.
struct Statistics {
  uint64_t num_elements = 0;
  uint64_t num_zeros = 0;  // of either sign
  uint64_t num_nans = 0;
  uint64_t num_positive_infinities = 0;
  uint64_t num_negative_infinities = 0;
  std::optional<Number> min;
  std::optional<Number> max;
  double mean = 0;
  double stddev = 0;  // of the population, as numpy gives it
  Histogram histogram;

  uint64_t num_finite() const {
    return num_elements - num_nans - num_positive_infinities - num_negative_infinities;
  }
};

// Statistics of a tensor of strings or variants.
struct StringStatistics {
  uint64_t num_elements = 0;
  uint64_t nbytes = 0;  // of all elements together
  uint64_t shortest = 0;
  uint64_t longest = 0;
};

struct TensorStatistics {
  Status error;  // the tensor is damaged or cannot be read: nothing else is set
  std::variant<Statistics, StringStatistics> values;
};

// Takes the statistics of the source with this position.
using TakeStatistics = std::function<void(size_t source, TensorStatistics statistics)>;

// Calls `take` once for each source, as soon as its statistics are known: in any order, from any
// thread, never from two at once. Every checksum is compared on the way; statistics of damaged
// bytes are never given out. Sums in float64: mean and deviation of each block of 4096 elements
// about its own mean, then put together, in an order that does not depend on the number of threads:
// the same values, stored in the same pieces and the same order, give the same bits. Errors:
// kCancelled only.
Status ComputeStatistics(std::span<const std::shared_ptr<const TensorSource>> sources,
                         const TransferOptions& options, const TakeStatistics& take);
// Computes them all together and returns one for each source.
Result<std::vector<TensorStatistics>> ComputeStatistics(
    std::span<const std::shared_ptr<const TensorSource>> sources, const TransferOptions& options);

}  // namespace cairn

#endif  // CAIRN_INSPECT_STATISTICS_H_
