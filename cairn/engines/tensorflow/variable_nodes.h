// The nodes that Cairn adds to a graph to assign and read its variables.
//
//   PREFIX/OP/value           Placeholder: the new value
//   PREFIX/OP/own             StringJoin of it and PREFIX/empty, for a string: variables that are
//                             assigned a fed string keep memory of whoever feeds it
//   PREFIX/OP/assign          Assign or AssignVariableOp
//   PREFIX/OP/is_initialized  IsVariableInitialized or VarIsInitializedOp
//   PREFIX/OP/read            Identity or ReadVariableOp
//
// They do not depend on the initializers of the graph, which several variables may share, and which
// do not check the shape of a resource variable.
#ifndef CAIRN_ENGINES_TENSORFLOW_VARIABLE_NODES_H_
#define CAIRN_ENGINES_TENSORFLOW_VARIABLE_NODES_H_

#include <span>
#include <string>
#include <vector>

#include "cairn/engines/tensorflow/session_variables.h"

namespace cairn::tensorflow {

// The names of what a session runs for one variable.
struct VariableNodes {
  std::string value;                 // an output to feed
  std::vector<std::string> assigns;  // ops, one for each op of the variable
  std::string is_initialized;        // an output: a scalar of bool
  std::string read;                  // an output
};

struct NodesOfVariables {
  std::vector<VariableNodes> nodes;   // one for each variable
  std::vector<std::string> messages;  // NodeDefs
};

// `prefix` is not the beginning of a name in the graph.
NodesOfVariables MakeVariableNodes(std::span<const SessionVariable> variables,
                                   const std::string& prefix);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_VARIABLE_NODES_H_
