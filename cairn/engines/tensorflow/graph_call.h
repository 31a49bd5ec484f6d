// Checks against the graph what a caller wants to run, and brings it into the form of a runtime.
#ifndef CAIRN_ENGINES_TENSORFLOW_GRAPH_CALL_H_
#define CAIRN_ENGINES_TENSORFLOW_GRAPH_CALL_H_

#include <span>
#include <string>
#include <vector>

#include "cairn/core/tensor_dict.h"
#include "cairn/engines/tensorflow/runtime.h"
#include "cairn/graph/meta_graph.h"

namespace cairn::tensorflow {

// Whether the graph has the node of an op or output ("w", "w:1"). Errors: kArgument, with the
// nearest names as hint.
Status CheckNode(const MetaGraph& graph, std::string_view name);

// A value for an output.
struct FeedValue {
  std::string output;
  std::string name;  // of the value, for messages
  std::shared_ptr<const TensorSource> source;
};

// A run of a graph, checked.
struct GraphCall {
  std::vector<FeedValue> feeds;
  std::vector<std::string> fetches;  // outputs of the graph
  std::vector<std::string> names;    // what the caller calls each of `fetches`
  std::vector<std::string> targets;  // ops
};

// Makes the call of outputs and ops by their names in the graph. Placeholders and constants take
// only values of their dtype and shape; of other nodes nothing is known here, and TensorFlow
// answers. Errors: kArgument (a node that the graph does not have, with the nearest names as hint;
// a dtype or shape that it does not take), kProto.
Result<GraphCall> MakeGraphCall(const MetaGraph& graph, const TensorDict& feeds,
                                const std::vector<std::string>& fetches,
                                const std::vector<std::string>& targets);

// Reads the values into tensors of the runtime. Errors: kArgument (two values for one output, a
// dtype that cannot be fed), kNoMemory, those of the sources.
Result<std::vector<Feed>> ReadFeeds(Runtime& runtime, std::span<const FeedValue> values);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_GRAPH_CALL_H_
