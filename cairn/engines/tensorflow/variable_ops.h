// The ops of a graph that hold variables, each variable once.
#ifndef CAIRN_ENGINES_TENSORFLOW_VARIABLE_OPS_H_
#define CAIRN_ENGINES_TENSORFLOW_VARIABLE_OPS_H_

#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cairn/engines/tensorflow/session_variables.h"
#include "cairn/graph/graph_variables.h"

namespace cairn::tensorflow {

// A view of the graph, which must outlive it.
class VariableOps {
 public:
  // Errors: kProto.
  static Result<VariableOps> Find(const MetaGraph& graph);

  // Returns what the graph says about the variable of an op; null if it has no such op, or its
  // values are of dtype resource or variant.
  const GraphVariable* Get(std::string_view name) const;

  // Whether the variable of an op was not taken before. Ops of one resource are one variable.
  // Errors: kProto.
  Result<bool> Take(const GraphNode& node);

  // Makes a session variable of an op that Get finds; it has the name of the op, and belongs to no
  // collection. Errors: kGraph (it has no dtype), kProto.
  Result<SessionVariable> Make(const GraphNode& node) const;

 private:
  explicit VariableOps(const MetaGraph& graph) : graph_(&graph) {}

  const MetaGraph* graph_;
  std::unordered_map<std::string_view, GraphVariable> by_name_;
  std::set<std::string> taken_;
};

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_VARIABLE_OPS_H_
