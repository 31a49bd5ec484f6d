// The nodes that Cairn adds to a graph to assign and read its variables.
//
//   PREFIX/OP/value           Placeholder: the new value
//   PREFIX/OP/own             StringJoin of it and PREFIX/empty, for a string: variables that are
//                             assigned a fed string keep memory of whoever feeds it
//   PREFIX/OP/assign          Assign or AssignVariableOp
//   PREFIX/OP/take            Assign, of a ref variable of numbers: the value that is staged
//   PREFIX/OP/is_initialized  IsVariableInitialized, or VarIsInitializedOp
//   PREFIX/OP/read            ReadVariableOp; a ref variable is read as it is
//
// of small variables of one dtype and shape (row_groups.h) all new values together:
//
//   PREFIX/rows_N             Placeholder: all values of group N, one after the other
//   PREFIX/row_N              Unpack: each by itself
//
// and for all other ref variables of numbers together:
//
//   PREFIX/stage              Stage: keeps their values until a later run
//   PREFIX/staged             Unstage: these values
//   PREFIX/clear              StageClear: drops values that are kept
//
// A ref variable takes over the buffer of a value that nobody else holds, and copies any other. One
// that is fed is held by the run, so it is staged in one run and assigned in the next.
//
// VarIsInitializedOp and ReadVariableOp are taken from the graph where it has them, since
// TensorFlow's time for a first run grows with the number of nodes. Initializers of the graph are
// not used: several variables may share one, and they do not check the shape of a resource
// variable.
#ifndef CAIRN_ENGINES_TENSORFLOW_VARIABLE_NODES_H_
#define CAIRN_ENGINES_TENSORFLOW_VARIABLE_NODES_H_

#include <span>
#include <string>
#include <vector>

#include "cairn/engines/tensorflow/row_groups.h"
#include "cairn/engines/tensorflow/session_variables.h"

namespace cairn::tensorflow {

// The names of what a session runs for one variable.
struct VariableNodes {
  std::string value;                 // an output to feed; empty where `row` is set
  std::optional<RowPlace> row;       // in SharedNodes::rows
  std::vector<std::string> assigns;  // ops, one for each op of the variable
  std::vector<std::string> takes;    // ops that assign what is staged; empty where nothing can be
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

// The names of nodes that several variables share.
struct SharedNodes {
  StageNodes stage;
  std::vector<RowGroup> rows;
};

struct NodesOfVariables {
  std::vector<VariableNodes> nodes;  // one for each variable
  SharedNodes shared;
  std::vector<std::string> messages;  // NodeDefs
};

// `prefix` is not the scope of a name in the graph. Errors: kProto.
Result<NodesOfVariables> MakeVariableNodes(const MetaGraph& graph,
                                           std::span<const SessionVariable> variables,
                                           const std::string& prefix);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_VARIABLE_NODES_H_
