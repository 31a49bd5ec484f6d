// Starts TensorFlow where the options want it.
#ifndef CAIRN_ENGINES_TENSORFLOW_START_RUNTIME_H_
#define CAIRN_ENGINES_TENSORFLOW_START_RUNTIME_H_

#include <memory>

#include "cairn/engines/tensorflow/runtime.h"
#include "cairn/engines/tensorflow/tensorflow_options.h"

namespace cairn::tensorflow {

// Errors: kArgument (a number that is negative), kMissing (there is no TensorFlow, or no worker
// program), kVersion (TensorFlow is older than 2.12), kUnsupported (it cannot run in this process),
// kEngine.
Result<std::unique_ptr<Runtime>> StartRuntime(const TensorFlowOptions& options);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_START_RUNTIME_H_
