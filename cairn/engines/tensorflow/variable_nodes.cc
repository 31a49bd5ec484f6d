#include "cairn/engines/tensorflow/variable_nodes.h"

#include <algorithm>
#include <unordered_map>

#include "cairn/engines/tensorflow/node_def.h"

namespace cairn::tensorflow {
namespace {

// Nodes of a graph that do nothing but look at a resource variable, by the op of the variable.
class Observers {
 public:
  static Result<Observers> Find(const MetaGraph& graph) {
    Observers observers;
    for (const GraphNode& node : graph.nodes()) {
      const bool reads = node.op == "ReadVariableOp";
      if (!reads && node.op != "VarIsInitializedOp") continue;
      CAIRN_ASSIGN_OR_RETURN(const auto inputs, InputsOf(node));
      // One with a control input would run something else, too.
      if (inputs.size() != 1) continue;
      auto& by_op = reads ? observers.reads_ : observers.are_initialized_;
      by_op.emplace(NodeNameOf(inputs[0]), node.name);
    }
    return observers;
  }

  // Each is empty where the graph has no such node.
  std::string ReadOf(std::string_view op) const { return NameIn(reads_, op); }
  std::string IsInitializedOf(std::string_view op) const { return NameIn(are_initialized_, op); }

 private:
  using Names = std::unordered_map<std::string_view, std::string_view>;

  static std::string NameIn(const Names& names, std::string_view op) {
    const auto found = names.find(op);
    return found == names.end() ? std::string() : std::string(found->second);
  }

  Names reads_;
  Names are_initialized_;
};

class Writer {
 public:
  Writer(const Observers& observers, const std::string& prefix)
      : observers_(observers), prefix_(prefix), empty_(prefix + "/empty") {}

  VariableNodes Add(const SessionVariable& variable, const std::optional<RowPlace>& row) {
    const std::string scope = ScopeOf(variable.ops[0]);
    VariableNodes nodes;
    nodes.row = row;
    const std::string assigned = row ? RowName(*row) : AddOwnValue(variable, scope, nodes);
    for (const std::string& op : variable.ops)
      nodes.assigns.push_back(AddAssign(variable, op, "assign", assigned));
    if (CanBeStaged(variable) && !row) {
      const std::string staged = AddToStage(variable, nodes.value);
      for (const std::string& op : variable.ops)
        nodes.takes.push_back(AddAssign(variable, op, "take", staged));
    }
    nodes.is_initialized = AddIsInitialized(variable, scope + "is_initialized");
    nodes.read = AddRead(variable, scope + "read");
    return nodes;
  }

  void AddRows(std::vector<RowGroup>& groups) {
    for (size_t i = 0; i < groups.size(); ++i) {
      RowGroup& group = groups[i];
      group.value = Node(prefix_ + "/rows_" + std::to_string(i), "Placeholder", {},
                         {TypeAttribute("dtype", group.dtype), AnyShapeAttribute("shape")});
      Node(prefix_ + "/row_" + std::to_string(i), "Unpack", {group.value},
           {NumberAttribute("num", group.num_rows), TypeAttribute("T", group.dtype),
            NumberAttribute("axis", 0)});
    }
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
      return Node(prefix_ + "/" + std::string(name), op, inputs,
                  {dtypes, area, container, capacity, limit});
    };
    stage_.stage = add("stage", "Stage", stage_.values);
    stage_.clear = add("clear", "StageClear", {});
    add("staged", "Unstage", {});
    return stage_;
  }

  std::vector<std::string> TakeMessages() { return std::move(messages_); }

 private:
  std::string ScopeOf(const std::string& op) const { return prefix_ + "/" + op + "/"; }

  std::string RowName(const RowPlace& place) const {
    return prefix_ + "/row_" + std::to_string(place.group) + ":" + std::to_string(place.row);
  }

  // Adds what takes the value of this variable alone. Returns what is assigned to it.
  std::string AddOwnValue(const SessionVariable& variable, const std::string& scope,
                          VariableNodes& nodes) {
    const DType dtype = variable.variable.dtype;
    nodes.value = Node(scope + "value", "Placeholder", {},
                       {TypeAttribute("dtype", dtype), AnyShapeAttribute("shape")});
    if (dtype != DType::kString) return nodes.value;
    return Node(scope + "own", "StringJoin", {nodes.value, empty_},
                {NumberAttribute("N", 2), TextAttribute("separator", "")});
  }

  static bool CanBeStaged(const SessionVariable& variable) {
    return variable.is_ref && variable.variable.dtype != DType::kString;
  }

  // Returns the output that has the value after it was staged.
  std::string AddToStage(const SessionVariable& variable, const std::string& value) {
    stage_.values.push_back(value);
    stage_.dtypes.push_back(variable.variable.dtype);
    return prefix_ + "/staged:" + std::to_string(stage_.values.size() - 1);
  }

  // TensorFlow compares the shape with that of the present value, which may be another one where
  // the graph leaves it open.
  std::string AddAssign(const SessionVariable& variable, const std::string& op,
                        std::string_view last_name, const std::string& value) {
    const std::string name = ScopeOf(op) + std::string(last_name);
    const DType dtype = variable.variable.dtype;
    const NodeAttribute validate = BoolAttribute("validate_shape", variable.has_static_shape());
    if (variable.is_ref) {
      return Node(name, "Assign", {op, value},
                  {TypeAttribute("T", dtype), validate, BoolAttribute("use_locking", true)});
    }
    return Node(name, "AssignVariableOp", {op, value}, {TypeAttribute("dtype", dtype), validate});
  }

  std::string AddIsInitialized(const SessionVariable& variable, const std::string& name) {
    const std::string& op = variable.ops[0];
    if (variable.is_ref) {
      return Node(name, "IsVariableInitialized", {op},
                  {TypeAttribute("dtype", variable.variable.dtype)});
    }
    std::string found = observers_.IsInitializedOf(op);
    return found.empty() ? Node(name, "VarIsInitializedOp", {op}, {}) : found;
  }

  std::string AddRead(const SessionVariable& variable, const std::string& name) {
    const std::string& op = variable.ops[0];
    if (variable.is_ref) return op;
    std::string found = observers_.ReadOf(op);
    if (!found.empty()) return found;
    return Node(name, "ReadVariableOp", {op}, {TypeAttribute("dtype", variable.variable.dtype)});
  }

  // Returns the name.
  std::string Node(std::string name, std::string_view op, const std::vector<std::string>& inputs,
                   std::initializer_list<NodeAttribute> attributes) {
    messages_.push_back(EncodeNode(name, op, inputs, attributes));
    return name;
  }

  const Observers& observers_;
  const std::string& prefix_;
  const std::string empty_;
  StageNodes stage_;
  std::vector<std::string> messages_;
};

}  // namespace

Result<NodesOfVariables> MakeVariableNodes(const MetaGraph& graph,
                                           std::span<const SessionVariable> variables,
                                           const std::string& prefix) {
  NodesOfVariables made;
  CAIRN_ASSIGN_OR_RETURN(const Observers observers, Observers::Find(graph));
  Writer writer(observers, prefix);
  const bool has_strings = std::ranges::any_of(variables, [](const SessionVariable& variable) {
    return variable.variable.dtype == DType::kString;
  });
  if (has_strings) writer.AddEmptyString();
  RowGroups rows = GroupRows(variables);
  writer.AddRows(rows.groups);
  for (size_t i = 0; i < variables.size(); ++i)
    made.nodes.push_back(writer.Add(variables[i], rows.places[i]));
  made.shared = {writer.AddStage(), std::move(rows.groups)};
  made.messages = writer.TakeMessages();
  return made;
}

}  // namespace cairn::tensorflow
