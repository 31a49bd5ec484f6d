#include "cairn/engines/tensorflow/variable_ops.h"

#include "cairn/core/escape.h"

namespace cairn::tensorflow {
namespace {

bool IsResource(const GraphNode& node) { return node.op == "VarHandleOp"; }

Result<std::string_view> TextAttributeOf(const GraphNode& node, std::string_view name) {
  CAIRN_ASSIGN_OR_RETURN(const auto attribute, AttributeOf(node, name));
  if (!attribute) return std::string_view();
  CAIRN_ASSIGN_OR_RETURN(const auto text, TextOfAttribute(*attribute));
  return text.value_or("");
}

// Returns what TensorFlow knows the variable of an op by: ops with equal identities are one
// variable. Each ref variable is one of its own.
Result<std::string> IdentityOf(const GraphNode& node) {
  if (!IsResource(node)) return "ref\n" + std::string(node.name);
  CAIRN_ASSIGN_OR_RETURN(const auto container, TextAttributeOf(node, "container"));
  CAIRN_ASSIGN_OR_RETURN(auto name, TextAttributeOf(node, "shared_name"));
  if (name.empty()) name = node.name;
  return std::string(container) + "\n" + std::string(name);
}

// Whether the op that gives a ref variable its first value lets it have any shape: its own shape
// says nothing then. Old ops of TensorFlow cannot tell a scalar from an unknown shape either.
Result<bool> TakesAnyShape(const MetaGraph& graph, const GraphNode& node,
                           const GraphVariable& variable) {
  if (IsResource(node)) return false;
  const GraphNode* const assign =
      variable.initializer.empty() ? nullptr : graph.Find(variable.initializer);
  if (assign == nullptr || assign->op != "Assign") {
    return node.op == "Variable" && variable.dims && variable.dims->empty();
  }
  CAIRN_ASSIGN_OR_RETURN(const auto attribute, AttributeOf(*assign, "validate_shape"));
  if (!attribute) return false;  // the default is true
  CAIRN_ASSIGN_OR_RETURN(const auto validates, BoolOfAttribute(*attribute));
  return validates.has_value() && !*validates;
}

bool IsStorable(const GraphVariable& variable) {
  return variable.dtype != DType::kResource && variable.dtype != DType::kVariant;
}

}  // namespace

Result<VariableOps> VariableOps::Find(const MetaGraph& graph) {
  VariableOps ops(graph);
  CAIRN_ASSIGN_OR_RETURN(const std::vector<GraphVariable> found, FindVariables(graph));
  for (const GraphVariable& variable : found) {
    const GraphNode* const node = graph.Find(variable.name);
    const bool is_there = node != nullptr && IsVariableOp(node->op);
    if (is_there && IsStorable(variable)) ops.by_name_.emplace(variable.name, variable);
  }
  return ops;
}

const GraphVariable* VariableOps::Get(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &found->second;
}

Result<bool> VariableOps::Take(const GraphNode& node) {
  CAIRN_ASSIGN_OR_RETURN(std::string identity, IdentityOf(node));
  return taken_.insert(std::move(identity)).second;
}

Result<SessionVariable> VariableOps::Make(const GraphNode& node) const {
  const GraphVariable& found = by_name_.find(node.name)->second;
  if (!found.dtype) {
    return Status(Reason::kGraph,
                  "variable " + Quoted(node.name) + " has no dtype that TensorFlow can store");
  }
  SessionVariable made;
  made.variable.name = node.name;
  made.variable.dtype = *found.dtype;
  made.variable.has_known_rank = found.dims.has_value();
  if (found.dims) made.variable.dims = *found.dims;
  CAIRN_ASSIGN_OR_RETURN(const bool takes_any, TakesAnyShape(*graph_, node, found));
  if (takes_any) {
    made.variable.has_known_rank = false;
    made.variable.dims.clear();
  }
  made.ops = {std::string(node.name)};
  made.is_ref = !IsResource(node);
  if (!found.initializer.empty() && graph_->Find(found.initializer) != nullptr)
    made.initializer = NodeNameOf(found.initializer);
  return made;
}

}  // namespace cairn::tensorflow
