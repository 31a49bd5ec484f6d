// How often a graph uses each op, and which of them TensorFlow does not have.
#ifndef CAIRN_GRAPH_OP_COUNTS_H_
#define CAIRN_GRAPH_OP_COUNTS_H_

#include <string_view>
#include <vector>

#include "cairn/graph/meta_graph.h"

namespace cairn {

struct OpCount {
  std::string_view op;
  uint64_t count = 0;
  bool is_known = true;  // an op of the TensorFlow below
};

// The TensorFlow whose ops are known: "2.21.0". Ops of programs that extend TensorFlow are not, and
// neither are ops that only other versions have.
std::string_view VersionOfKnownOps();

// Counts the nodes of the graph and of its functions, the most frequent op first. Calls of the
// graph's own functions by name are not counted. Errors: kProto, kLimit.
Result<std::vector<OpCount>> CountOps(const MetaGraph& graph);

}  // namespace cairn

#endif  // CAIRN_GRAPH_OP_COUNTS_H_
