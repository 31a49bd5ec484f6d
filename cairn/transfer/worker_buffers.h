// One buffer for each thread of a transfer, together within its memory budget.
#ifndef CAIRN_TRANSFER_WORKER_BUFFERS_H_
#define CAIRN_TRANSFER_WORKER_BUFFERS_H_

#include <vector>

#include "cairn/core/bytes.h"
#include "cairn/transfer/chunk_plan.h"
#include "cairn/transfer/transfer.h"

namespace cairn {

// Each worker uses its own and no other.
class WorkerBuffers {
 public:
  // Makes as many buffers as options.threads asks for. A small budget makes them smaller, down to
  // kSmallest bytes, and then fewer, down to one.
  explicit WorkerBuffers(const TransferOptions& options);
  WorkerBuffers(const WorkerBuffers&) = delete;
  WorkerBuffers& operator=(const WorkerBuffers&) = delete;
  ~WorkerBuffers();

  // Says, before the first Get, how much is moved in all: no buffer is made much larger than that.
  void LimitTo(uint64_t total_nbytes);

  static constexpr uint64_t kSmallest = 64 << 10;
  static constexpr uint64_t kLargest = kFileBlockNbytes;

  int num_workers() const { return static_cast<int>(buffers_.size()); }
  // Made when first asked for, by the thread that fills it; holds any bytes then. Errors:
  // kNoMemory.
  Result<MutableBytes> Get(int worker);

 private:
  uint64_t nbytes_;
  std::vector<MutableBytes> buffers_;  // empty until they are asked for
};

}  // namespace cairn

#endif  // CAIRN_TRANSFER_WORKER_BUFFERS_H_
