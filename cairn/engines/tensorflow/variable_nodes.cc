#include "cairn/engines/tensorflow/variable_nodes.h"

#include <algorithm>

#include "cairn/engines/tensorflow/node_def.h"

namespace cairn::tensorflow {
namespace {

class Writer {
 public:
  explicit Writer(const std::string& prefix) : prefix_(prefix), empty_(prefix + "/empty") {}

  VariableNodes Add(const SessionVariable& variable) {
    const std::string scope = ScopeOf(variable.ops[0]);
    const DType dtype = variable.variable.dtype;
    VariableNodes nodes;
    nodes.value = Node(scope + "value", "Placeholder", {},
                       {TypeAttribute("dtype", dtype), AnyShapeAttribute("shape")});
    const std::string owned = dtype != DType::kString
                                  ? nodes.value
                                  : Node(scope + "own", "StringJoin", {nodes.value, empty_},
                                         {NumberAttribute("N", 2), TextAttribute("separator", "")});
    for (const std::string& op : variable.ops)
      nodes.assigns.push_back(AddAssign(variable, op, ScopeOf(op) + "assign", owned));
    if (variable.is_ref && dtype != DType::kString) {
      const std::string staged = prefix_ + "/staged:" + std::to_string(stage_.values.size());
      nodes.assign_staged = AddAssign(variable, variable.ops[0], scope + "assign_staged", staged);
      stage_.values.push_back(nodes.value);
      stage_.dtypes.push_back(dtype);
    }
    nodes.is_initialized = AddIsInitialized(variable, scope);
    nodes.read = variable.is_ref ? Node(scope + "read", "Identity", {variable.ops[0]},
                                        {TypeAttribute("T", dtype)})
                                 : Node(scope + "read", "ReadVariableOp", {variable.ops[0]},
                                        {TypeAttribute("dtype", dtype)});
    return nodes;
  }

  void AddEmptyString() {
    Node(empty_, "Const", {},
         {TypeAttribute("dtype", DType::kString), EmptyStringAttribute("value")});
  }

  // Adds what stages values, where there are variables for it.
  StageNodes AddStage() {
    if (stage_.values.empty()) return stage_;
    const NodeAttribute dtypes = TypesAttribute("dtypes", stage_.dtypes);
    const NodeAttribute area = TextAttribute("shared_name", prefix_ + "/stage");
    const NodeAttribute container = TextAttribute("container", "");
    const NodeAttribute capacity = NumberAttribute("capacity", 0);
    const NodeAttribute limit = NumberAttribute("memory_limit", 0);
    const auto add = [&](std::string_view name, std::string_view op,
                         const std::vector<std::string>& inputs) {
      std::string full = prefix_ + "/" + std::string(name);
      messages_.push_back(EncodeNode(full, op, inputs, {dtypes, area, container, capacity, limit}));
      return full;
    };
    stage_.stage = add("stage", "Stage", stage_.values);
    stage_.clear = add("clear", "StageClear", {});
    add("staged", "Unstage", {});
    return stage_;
  }

  std::vector<std::string> TakeMessages() { return std::move(messages_); }

 private:
  std::string ScopeOf(const std::string& op) const { return prefix_ + "/" + op + "/"; }

  // TensorFlow compares the shape with that of the present value, which may be another one where
  // the graph leaves it open.
  std::string AddAssign(const SessionVariable& variable, const std::string& op,
                        const std::string& name, const std::string& value) {
    const DType dtype = variable.variable.dtype;
    const NodeAttribute validate = BoolAttribute("validate_shape", variable.has_static_shape());
    if (variable.is_ref) {
      return Node(name, "Assign", {op, value},
                  {TypeAttribute("T", dtype), validate, BoolAttribute("use_locking", true)});
    }
    return Node(name, "AssignVariableOp", {op, value}, {TypeAttribute("dtype", dtype), validate});
  }

  std::string AddIsInitialized(const SessionVariable& variable, const std::string& scope) {
    const std::string name = scope + "is_initialized";
    if (!variable.is_ref) return Node(name, "VarIsInitializedOp", {variable.ops[0]}, {});
    return Node(name, "IsVariableInitialized", {variable.ops[0]},
                {TypeAttribute("dtype", variable.variable.dtype)});
  }

  // Returns the name.
  std::string Node(std::string name, std::string_view op, const std::vector<std::string>& inputs,
                   std::initializer_list<NodeAttribute> attributes) {
    messages_.push_back(EncodeNode(name, op, inputs, attributes));
    return name;
  }

  const std::string& prefix_;
  const std::string empty_;
  StageNodes stage_;
  std::vector<std::string> messages_;
};

}  // namespace

NodesOfVariables MakeVariableNodes(std::span<const SessionVariable> variables,
                                   const std::string& prefix) {
  NodesOfVariables made;
  Writer writer(prefix);
  const bool has_strings = std::ranges::any_of(variables, [](const SessionVariable& variable) {
    return variable.variable.dtype == DType::kString;
  });
  if (has_strings) writer.AddEmptyString();
  for (const SessionVariable& variable : variables) made.nodes.push_back(writer.Add(variable));
  made.stage = writer.AddStage();
  made.messages = writer.TakeMessages();
  return made;
}

}  // namespace cairn::tensorflow
