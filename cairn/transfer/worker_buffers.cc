#include "cairn/transfer/worker_buffers.h"

#include <algorithm>
#include <bit>

#include "cairn/transfer/arena.h"
#include "cairn/transfer/worker_threads.h"

namespace cairn {
namespace {

// A power of two, as blocks of files are.
uint64_t BufferNbytes(const TransferOptions& options) {
  const uint64_t share = options.memory_budget / static_cast<uint64_t>(NumThreads(options.threads));
  return std::clamp(std::bit_floor(share), WorkerBuffers::kSmallest, WorkerBuffers::kLargest);
}

}  // namespace

WorkerBuffers::WorkerBuffers(const TransferOptions& options) : nbytes_(BufferNbytes(options)) {
  const uint64_t affordable = std::max<uint64_t>(options.memory_budget / nbytes_, 1);
  buffers_.resize(std::min<uint64_t>(NumThreads(options.threads), affordable));
}

void WorkerBuffers::LimitTo(uint64_t total_nbytes) {
  if (total_nbytes < nbytes_) nbytes_ = std::max(std::bit_ceil(total_nbytes), kSmallest);
}

Result<MutableBytes> WorkerBuffers::Get(int worker) {
  std::shared_ptr<Arena>& buffer = buffers_[worker];
  if (buffer == nullptr) {
    CAIRN_ASSIGN_OR_RETURN(buffer, Arena::Make(nbytes_));
  }
  return buffer->bytes();
}

}  // namespace cairn
