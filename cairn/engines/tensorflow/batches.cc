#include "cairn/engines/tensorflow/batches.h"

#include <algorithm>

namespace cairn::tensorflow {
namespace {

constexpr uint64_t kMinBatchNbytes = uint64_t{64} << 20;
constexpr uint64_t kMaxBatches = 16;

}  // namespace

std::vector<std::vector<size_t>> MakeBatches(std::span<const BatchItem> items) {
  std::vector<size_t> shared;
  uint64_t total = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].is_copied) {
      total += items[i].nbytes;
    } else {
      shared.push_back(i);
    }
  }
  std::vector<std::vector<size_t>> batches;
  if (!shared.empty()) batches.push_back(std::move(shared));
  const uint64_t limit = std::max(kMinBatchNbytes, total / kMaxBatches);
  std::vector<size_t> batch;
  uint64_t nbytes = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    if (!items[i].is_copied) continue;
    batch.push_back(i);
    nbytes += items[i].nbytes;
    if (nbytes < limit) continue;
    batches.push_back(std::move(batch));
    batch.clear();
    nbytes = 0;
  }
  if (!batch.empty()) batches.push_back(std::move(batch));
  return batches;
}

}  // namespace cairn::tensorflow
