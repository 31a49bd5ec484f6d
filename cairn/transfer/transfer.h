// The one place where tensor bytes move in bulk. Save, Verify, Restore and convert are short
// functions on top of it.
//
// Where a source has an extent, its bytes are cut into chunks of 4 MiB that all threads share, in
// file order; copy and checksum are one pass, and the checksums of the chunks are combined and
// compared. Where it has none, one thread runs its stream.
#ifndef CAIRN_TRANSFER_TRANSFER_H_
#define CAIRN_TRANSFER_TRANSFER_H_

#include <atomic>
#include <cstdint>

#include "cairn/core/export.h"

namespace cairn {

// Told how far a transfer is. Called from any of its threads, never from two at once.
class CAIRN_EXPORT Progress {
 public:
  virtual ~Progress() = default;
  virtual void Advance(uint64_t done_nbytes, uint64_t total_nbytes) = 0;
};

struct TransferOptions {
  int threads = 0;                              // 0 = as many as the machine has
  uint64_t memory_budget = uint64_t{64} << 20;  // of buffers, whatever the size of the tensors
  bool verify = true;  // false: checksums are not compared; said, never implied
  Progress* progress = nullptr;
  const std::atomic<bool>* cancel = nullptr;  // set it from anywhere to stop with kCancelled
};

}  // namespace cairn

#endif  // CAIRN_TRANSFER_TRANSFER_H_
