// Finds the tensor of a checkpoint that the saver of a graph restores into each variable.
//
// The restore op of TensorFlow 1 depends on assignments of RestoreV2's outputs to variables. That
// of a TF2 SavedModel calls a function, whose arguments are the variables' handles and which does
// the same. Names of variables and keys of the checkpoint agree in neither by rule.
#ifndef CAIRN_GRAPH_RESTORED_KEYS_H_
#define CAIRN_GRAPH_RESTORED_KEYS_H_

#include <map>
#include <string>

#include "cairn/graph/meta_graph.h"

namespace cairn {

// The node of the variable -> key in the checkpoint.
using RestoredKeys = std::map<std::string, std::string, std::less<>>;

// Returns what the graph tells; empty for a graph without a saver. Errors: kProto.
Result<RestoredKeys> FindRestoredKeys(const MetaGraph& graph);

}  // namespace cairn

#endif  // CAIRN_GRAPH_RESTORED_KEYS_H_
