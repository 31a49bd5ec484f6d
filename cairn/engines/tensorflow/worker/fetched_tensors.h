// Fetched tensors on their way to the process that a worker works for.
#ifndef CAIRN_ENGINES_TENSORFLOW_WORKER_FETCHED_TENSORS_H_
#define CAIRN_ENGINES_TENSORFLOW_WORKER_FETCHED_TENSORS_H_

#include <memory>
#include <span>
#include <string>

#include "cairn/engines/tensorflow/runtime.h"
#include "cairn/engines/tensorflow/shared_memory.h"

namespace cairn::tensorflow {

// The answer to a request, as worker_protocol.h describes it.
struct Answer {
  std::string body;
  std::unique_ptr<SharedMemory> memory;  // null: none
};

// Copies the values of `tensors` into new shared memory. Errors: kNoMemory (also where they are
// larger than `memory_limit`, which is 0 where there is no limit).
Result<Answer> EncodeFetched(std::span<const std::shared_ptr<RuntimeTensor>> tensors,
                             uint64_t memory_limit);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_WORKER_FETCHED_TENSORS_H_
