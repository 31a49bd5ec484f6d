// Finds the program that TensorFlow runs in when it has a process of its own.
#ifndef CAIRN_ENGINES_TENSORFLOW_FIND_WORKER_H_
#define CAIRN_ENGINES_TENSORFLOW_FIND_WORKER_H_

#include <string>

#include "cairn/core/status.h"

namespace cairn::tensorflow {

// Returns `path`; where that is empty, the path of `cairn-tensorflow-worker` in the directory of
// the running program, or else in ../libexec/cairn or ../lib/cairn from there. Errors: kMissing.
Result<std::string> FindWorker(const std::string& path);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_FIND_WORKER_H_
