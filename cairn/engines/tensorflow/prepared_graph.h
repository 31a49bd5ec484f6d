// The graph of a file as TensorFlow is to import it.
#ifndef CAIRN_ENGINES_TENSORFLOW_PREPARED_GRAPH_H_
#define CAIRN_ENGINES_TENSORFLOW_PREPARED_GRAPH_H_

#include <span>
#include <string>
#include <vector>

#include "cairn/engines/tensorflow/variable_nodes.h"

namespace cairn::tensorflow {

struct PreparedGraph {
  std::string graph_def;
  std::vector<VariableNodes> nodes;  // one for each variable
  SharedNodes shared;
};

// Returns the graph of `graph` without the devices that its nodes and those of its functions ask
// for, since `/job:ps/task:0` is nowhere but in the cluster that the graph was made for; the nodes
// of the variables are added in a scope that the graph does not use. All other fields are kept to
// the bit. Errors: kProto.
Result<PreparedGraph> PrepareGraph(const MetaGraph& graph,
                                   std::span<const SessionVariable> variables);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_PREPARED_GRAPH_H_
