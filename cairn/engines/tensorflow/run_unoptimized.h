// Runs that only move values.
#ifndef CAIRN_ENGINES_TENSORFLOW_RUN_UNOPTIMIZED_H_
#define CAIRN_ENGINES_TENSORFLOW_RUN_UNOPTIMIZED_H_

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cairn/engines/tensorflow/runtime.h"
#include "cairn/engines/tensorflow/variable_nodes.h"

namespace cairn::tensorflow {

// As Runtime::Run, in a way that keeps TensorFlow from optimizing the graph for it: see
// variable_nodes.h. Errors: as Runtime::Run; kNoMemory.
Result<std::vector<std::shared_ptr<RuntimeTensor>>> RunUnoptimized(
    Runtime& runtime, const SharedNodes& nodes, std::span<const Feed> feeds,
    std::span<const std::string> fetches, std::span<const std::string> targets);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_RUN_UNOPTIMIZED_H_
