// One buffer for each thread of a transfer, together within its memory budget.
#ifndef CAIRN_IO_WORKER_BUFFERS_H_
#define CAIRN_IO_WORKER_BUFFERS_H_

#include <memory>
#include <vector>

#include "cairn/io/transfer.h"

namespace cairn {

// Each worker uses its own and no other.
class WorkerBuffers {
 public:
  // As many buffers as options.threads asks for, as far as the budget reaches; but at least one, of
  // at least kSmallest bytes.
  explicit WorkerBuffers(const TransferOptions& options);

  static constexpr uint64_t kSmallest = 64 << 10;
  // Stays in the second-level cache between the copy into it, the checksum, and the write.
  static constexpr uint64_t kLargest = 256 << 10;

  int num_workers() const { return static_cast<int>(buffers_.size()); }
  // Made when first asked for, by the thread that fills it. Errors: kNoMemory.
  Result<MutableBytes> Get(int worker);

 private:
  uint64_t nbytes_;
  std::vector<std::shared_ptr<Arena>> buffers_;
};

}  // namespace cairn

#endif  // CAIRN_IO_WORKER_BUFFERS_H_
