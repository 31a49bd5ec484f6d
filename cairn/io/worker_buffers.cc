#include "cairn/io/worker_buffers.h"

#include <algorithm>

#include "cairn/io/worker_threads.h"

namespace cairn {

WorkerBuffers::WorkerBuffers(const TransferOptions& options)
    : nbytes_(std::clamp(options.memory_budget, kSmallest, kLargest)) {
  const uint64_t affordable = std::max<uint64_t>(options.memory_budget / nbytes_, 1);
  buffers_.resize(std::min<uint64_t>(NumThreads(options.threads), affordable));
}

Result<MutableBytes> WorkerBuffers::Get(int worker) {
  std::shared_ptr<Arena>& buffer = buffers_[worker];
  if (buffer == nullptr) {
    CAIRN_ASSIGN_OR_RETURN(buffer, Arena::Make(nbytes_));
  }
  return buffer->bytes();
}

}  // namespace cairn
