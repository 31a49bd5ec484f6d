// How a node of a graph calls functions of its library.
#ifndef CAIRN_GRAPH_FUNCTION_CALLS_H_
#define CAIRN_GRAPH_FUNCTION_CALLS_H_

#include <string_view>
#include <vector>

#include "cairn/graph/meta_graph.h"

namespace cairn {

struct FunctionCall {
  enum class Kind : uint8_t {
    kNone,      // the node calls no function
    kCall,      // inputs are arguments, results are outputs
    kBranches,  // If, Case: the first input chooses, the others are arguments of each branch
    kLoop,      // While: inputs, arguments and results are the variables of the loop
    kOther,     // it is not known how
  };

  Kind kind = Kind::kNone;
  // They are of the library; for kLoop the body is first.
  std::vector<const Function*> functions;
  bool is_named_as_op = false;  // the op is the name of the function

  size_t first_argument() const { return kind == Kind::kBranches ? 1 : 0; }
};

// A call of a function that the library does not have is kOther. Errors: kProto.
Result<FunctionCall> CallOf(const MetaGraph& graph, const GraphNode& node);

}  // namespace cairn

#endif  // CAIRN_GRAPH_FUNCTION_CALLS_H_
