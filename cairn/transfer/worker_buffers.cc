#include "cairn/transfer/worker_buffers.h"

#include <algorithm>
#include <bit>
#include <string>

#include "cairn/core/huge_pages.h"
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

WorkerBuffers::~WorkerBuffers() {
  for (const MutableBytes buffer : buffers_) {
    if (!buffer.empty()) GiveBackMemory(buffer.data(), buffer.size());
  }
}

Result<MutableBytes> WorkerBuffers::Get(int worker) {
  MutableBytes& buffer = buffers_[worker];
  if (buffer.empty()) {
    std::byte* const memory = TakeMemory(nbytes_);
    if (memory == nullptr) {
      return Status(Reason::kNoMemory,
                    "a buffer of " + std::to_string(nbytes_) + " bytes is not to be had");
    }
    buffer = {memory, nbytes_};
  }
  return buffer;
}

}  // namespace cairn
