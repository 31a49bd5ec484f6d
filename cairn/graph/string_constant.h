// The strings of a constant of a graph.
#ifndef CAIRN_GRAPH_STRING_CONSTANT_H_
#define CAIRN_GRAPH_STRING_CONSTANT_H_

#include "cairn/core/tensor_source.h"
#include "cairn/graph/graph_node.h"

namespace cairn {

// Returns the value of a node of op Const. Errors: kProto, kSize, kLimit; kGraph (another op, a
// constant without a value, or one whose shape is not known).
Result<StringTensor> StringsOfConstant(const GraphNode& node);

}  // namespace cairn

#endif  // CAIRN_GRAPH_STRING_CONSTANT_H_
