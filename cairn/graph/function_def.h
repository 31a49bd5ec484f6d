// A function of a graph's library: a graph of its own with arguments and results.
//
//   FunctionDef: signature = 1 OpDef, node_def = 3 repeated NodeDef, ret = 4 map<string, string>,
//                control_ret = 6 map<string, string>
//   OpDef:       name = 1, input_arg = 2 repeated ArgDef, output_arg = 3 repeated ArgDef
//   ArgDef:      name = 1
//
// Source: tensorflow/core/framework/{function,op_def}.proto.
#ifndef CAIRN_GRAPH_FUNCTION_DEF_H_
#define CAIRN_GRAPH_FUNCTION_DEF_H_

#include <string_view>
#include <vector>

#include "cairn/graph/graph_node.h"

namespace cairn {

// A function that is not looked into yet.
struct Function {
  std::string_view name;
  Bytes message;  // FunctionDef
};

struct FunctionBody {
  std::vector<std::string_view> arguments;  // names, in the order of a caller's inputs
  std::vector<std::string_view> results;    // names, in the order of a caller's outputs
  std::vector<std::string_view> returned;   // the tensor of each result; "" where none is named
  std::vector<std::string_view> control_returns;  // nodes that run whatever result is asked for
  NodeTable nodes;

  // The position of an argument, or nothing if an input names a node.
  std::optional<size_t> FindArgument(std::string_view input) const;
};

// Reads the name alone. Errors: kProto.
Result<Function> ParseFunction(Bytes message);
// Errors: kProto; kLimit (more than 5,000,000 nodes).
Result<FunctionBody> ParseFunctionBody(const Function& function);

}  // namespace cairn

#endif  // CAIRN_GRAPH_FUNCTION_DEF_H_
