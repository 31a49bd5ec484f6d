// Finds the variables that outputs of a graph need.
//
// The walk goes back from the outputs through data and control inputs, as TensorFlow does when it
// decides what to run. Loops of TensorFlow 1 (Switch, Merge, Enter, NextIteration) are cycles of
// ordinary nodes. A call of a function (PartitionedCall, If, Case, While, or the name of a function
// as op) is entered: an input of the call is followed only if the function needs that argument for
// what is asked of it, or for an operation that it always runs. Where a function is used in another
// way, all of it and all inputs count. What is fed is not followed.
#ifndef CAIRN_GRAPH_NEEDED_VARIABLES_H_
#define CAIRN_GRAPH_NEEDED_VARIABLES_H_

#include <set>
#include <span>
#include <string>
#include <vector>

#include "cairn/graph/meta_graph.h"

namespace cairn {

struct NeededNodes {
  std::set<std::string, std::less<>> variables;  // names of nodes, or shared names of resources
  std::set<std::string, std::less<>> tables;     // lookup tables, which no checkpoint has by rule
};

// `outputs` are tensors ("y", "y:0"), `fed` those whose values a caller gives. Errors: kMissing (an
// output that the graph does not have; the hint has the nearest), kGraph (an input that is not
// there), kProto.
Result<NeededNodes> FindNeededNodes(const MetaGraph& graph, std::span<const std::string> outputs,
                                    std::span<const std::string_view> fed = {});

// Returns the positions of a function's arguments that it needs for its results and for what it
// always runs. Errors: as above.
Result<std::vector<size_t>> FindNeededArguments(const MetaGraph& graph, const Function& function);

}  // namespace cairn

#endif  // CAIRN_GRAPH_NEEDED_VARIABLES_H_
