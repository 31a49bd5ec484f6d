// Reads a whole dict into memory, once or again and again.
#ifndef CAIRN_TRANSFER_MATERIALIZE_H_
#define CAIRN_TRANSFER_MATERIALIZE_H_

#include <atomic>
#include <memory>

#include "cairn/core/tensor_dict.h"
#include "cairn/transfer/arena.h"
#include "cairn/transfer/transfer.h"

namespace cairn {

// The whole dict in memory: every value verified, each numeric tensor at a multiple of 64 bytes of
// one arena that the result keeps alive. Errors: kNoMemory, kLimit
// (TensorSource::CheckCanBeHeld), those of ReadAll.
Result<TensorDict> Materialize(const TensorDict& dict, const TransferOptions& options);

// Copies dicts one after the other into memory that is used again, so that only the first copy
// waits for the machine to find memory. Used by one thread.
class SnapshotMemory {
 public:
  // Returns the dict in memory, as Materialize does. Each numeric value that was copied from an
  // extent has the checksum that was computed while it was copied: who reads it later notices
  // whatever changed in between. The memory of the copy before is used again if that dict and all
  // its sources are gone, and the new one has room in it. Errors: those of Materialize.
  Result<TensorDict> Copy(const TensorDict& dict, const TransferOptions& options);

  // Whether nobody uses the last copy any more. Another thread may give it back at any time.
  bool is_free() const { return !is_lent_->load(std::memory_order_acquire); }

 private:
  std::shared_ptr<Arena> arena_;  // of the last copy
  // Whether that is in use. Not told from the number of its owners: who reads that number has not
  // waited for what the owners did.
  std::shared_ptr<std::atomic<bool>> is_lent_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace cairn

#endif  // CAIRN_TRANSFER_MATERIALIZE_H_
