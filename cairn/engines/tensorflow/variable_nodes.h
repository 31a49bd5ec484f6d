// The nodes that Cairn adds to a graph to assign and read its variables.
//
//   PREFIX/OP/value           Placeholder: the new value
//   PREFIX/OP/own             StringJoin of it and PREFIX/empty, for a string: variables that are
//                             assigned a fed string keep memory of whoever feeds it
//   PREFIX/OP/assign          Assign or AssignVariableOp
//   PREFIX/OP/assign_staged   Assign of the value that is staged
//   PREFIX/OP/is_initialized  IsVariableInitialized or VarIsInitializedOp
//   PREFIX/OP/read            Identity or ReadVariableOp
//
// and for all ref variables of numbers together:
//
//   PREFIX/stage              Stage: keeps their values until a later run
//   PREFIX/staged             Unstage: these values
//   PREFIX/clear              StageClear: drops values that are kept
//
// A ref variable takes over the buffer of a value that nobody else holds, and copies any other. One
// that is fed is held by the run, so it is staged in one run and assigned in the next.
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
  std::string assign_staged;         // an op; empty for other variables than refs of numbers
  std::string is_initialized;        // an output: a scalar of bool
  std::string read;                  // an output
};

// The names of what stages values, all of them in one run.
struct StageNodes {
  // The outputs to feed, one for each ref variable of numbers, and their dtypes. Where a variable
  // is not assigned, any value of the dtype does.
  std::vector<std::string> values;
  std::vector<DType> dtypes;
  std::string stage;  // an op
  std::string clear;  // an op
};

struct NodesOfVariables {
  std::vector<VariableNodes> nodes;  // one for each variable
  StageNodes stage;
  std::vector<std::string> messages;  // NodeDefs
};

// `prefix` is not the beginning of a name in the graph.
NodesOfVariables MakeVariableNodes(std::span<const SessionVariable> variables,
                                   const std::string& prefix);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_VARIABLE_NODES_H_
