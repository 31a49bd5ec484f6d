#include "cairn/graph/function_calls.h"

#include <algorithm>

namespace cairn {
namespace {

using Kind = FunctionCall::Kind;

bool IsOneOf(std::string_view op, std::initializer_list<std::string_view> ops) {
  return std::ranges::find(ops, op) != ops.end();
}

Kind KindOf(std::string_view op) {
  if (IsOneOf(op, {"PartitionedCall", "StatefulPartitionedCall"})) return Kind::kCall;
  if (IsOneOf(op, {"If", "StatelessIf", "Case", "StatelessCase"})) return Kind::kBranches;
  if (IsOneOf(op, {"While", "StatelessWhile"})) return Kind::kLoop;
  return Kind::kOther;
}

// Whether an attribute names what the kind calls.
bool IsCalled(Kind kind, std::string_view attribute) {
  switch (kind) {
    case Kind::kNone:
      return false;
    case Kind::kCall:
      return attribute == "f";
    case Kind::kBranches:
      return IsOneOf(attribute, {"then_branch", "else_branch", "branches"});
    case Kind::kLoop:
      return IsOneOf(attribute, {"body", "cond"});
    case Kind::kOther:
      return true;
  }
  return true;
}

}  // namespace

Result<FunctionCall> CallOf(const MetaGraph& graph, const GraphNode& node) {
  FunctionCall call;
  if (const Function* const function = graph.FindFunction(node.op)) {
    return FunctionCall{Kind::kCall, {function}, true};
  }
  CAIRN_ASSIGN_OR_RETURN(const auto attributes, AttributesOf(node));
  const Kind kind = KindOf(node.op);
  for (const auto& [name, value] : attributes) {
    if (!IsCalled(kind, name)) continue;
    CAIRN_ASSIGN_OR_RETURN(const auto names, FunctionsOfAttribute(value));
    for (const std::string_view function_name : names) {
      if (call.kind == Kind::kNone) call.kind = kind;
      const Function* const function = graph.FindFunction(function_name);
      if (function == nullptr) {
        call.kind = Kind::kOther;
      } else if (name == "body") {
        call.functions.insert(call.functions.begin(), function);
      } else {
        call.functions.push_back(function);
      }
    }
  }
  return call;
}

}  // namespace cairn
