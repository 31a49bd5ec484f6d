// Bounds the memory of a worker.
#ifndef CAIRN_ENGINES_TENSORFLOW_WORKER_LIMIT_MEMORY_H_
#define CAIRN_ENGINES_TENSORFLOW_WORKER_LIMIT_MEMORY_H_

#include <cstdint>

#include "cairn/core/status.h"

namespace cairn::tensorflow {

// From now on this process cannot take more than `nbytes` of memory for itself; 0: no limit. Files
// that it maps, TensorFlow's library above all, and memory shared with another process do not
// count. Errors: kEngine.
Status LimitMemory(uint64_t nbytes);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_WORKER_LIMIT_MEMORY_H_
