// Tensors in memory that a worker shares with the process that it works for.
#ifndef CAIRN_ENGINES_TENSORFLOW_WORKER_MAPPED_TENSOR_H_
#define CAIRN_ENGINES_TENSORFLOW_WORKER_MAPPED_TENSOR_H_

#include <memory>
#include <span>

#include "cairn/engines/tensorflow/c_api.h"
#include "cairn/engines/tensorflow/runtime.h"
#include "cairn/engines/tensorflow/shared_memory.h"

namespace cairn::tensorflow {

// Makes a tensor whose value is `memory`, which TensorFlow only reads, and which is unmapped when
// neither the tensor nor a variable has it any more. Errors: kArgument, kNoMemory.
Result<std::shared_ptr<RuntimeTensor>> MakeMappedTensor(std::shared_ptr<const CApi> api,
                                                        DType dtype, std::span<const int64_t> dims,
                                                        SharedMemory memory);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_WORKER_MAPPED_TENSOR_H_
