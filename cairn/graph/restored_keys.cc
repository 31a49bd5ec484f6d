#include "cairn/graph/restored_keys.h"

#include <algorithm>
#include <array>

#include "cairn/graph/string_constant.h"

namespace cairn {
namespace {

constexpr size_t kNamesInput = 1;  // of RestoreV2
// From a value to RestoreV2, or from a handle to its variable: no graph is so deep, a cycle is.
constexpr int kMaxSteps = 64;
constexpr std::array<std::string_view, 4> kPassingOps = {"Identity", "RefIdentity", "Reshape",
                                                         "Cast"};

bool IsAssignment(std::string_view op) { return op == "Assign" || op == "AssignVariableOp"; }

// An assignment of a restored tensor.
struct Assignment {
  std::string_view target;  // an input: of the variable, or an argument of the function
  std::string key;
};

// Reads the assignments of a graph or a function.
class AssignmentReader {
 public:
  explicit AssignmentReader(const NodeTable& nodes) : nodes_(nodes) {}

  // Returns nothing for an assignment of anything but an output of RestoreV2.
  Result<std::optional<Assignment>> Read(const GraphNode& assignment) {
    CAIRN_ASSIGN_OR_RETURN(const auto inputs, InputsOf(assignment));
    if (inputs.size() < 2) return std::optional<Assignment>();
    CAIRN_ASSIGN_OR_RETURN(const std::string_view value, Origin(inputs[1]));
    const GraphNode* const restore = nodes_.Find(value);
    if (restore == nullptr || restore->op != "RestoreV2") return std::optional<Assignment>();
    CAIRN_ASSIGN_OR_RETURN(const StringTensor* const names, NamesOf(*restore));
    const size_t output = OutputOf(value);
    if (output >= names->size()) return std::optional<Assignment>();
    CAIRN_ASSIGN_OR_RETURN(const std::string_view target, Origin(inputs[0]));
    return std::optional(Assignment{target, std::string((*names)[output])});
  }

 private:
  // Follows an input back through the ops that pass a value on.
  Result<std::string_view> Origin(std::string_view input) const {
    for (int step = 0; step < kMaxSteps; ++step) {
      const GraphNode* const node = nodes_.Find(input);
      if (node == nullptr || std::ranges::find(kPassingOps, node->op) == kPassingOps.end())
        return input;
      CAIRN_ASSIGN_OR_RETURN(const auto inputs, InputsOf(*node));
      if (inputs.empty()) return input;
      input = inputs[0];
    }
    return input;
  }

  // A constant that cannot be read tells no names.
  Result<const StringTensor*> NamesOf(const GraphNode& restore) {
    const auto [entry, is_new] = names_.try_emplace(&restore);
    if (!is_new) return &entry->second;
    CAIRN_ASSIGN_OR_RETURN(const auto inputs, InputsOf(restore));
    const GraphNode* const constant =
        inputs.size() > kNamesInput ? nodes_.Find(inputs[kNamesInput]) : nullptr;
    if (constant == nullptr) return &entry->second;
    Result<StringTensor> names = StringsOfConstant(*constant);
    if (names.ok()) entry->second = *std::move(names);
    return &entry->second;
  }

  const NodeTable& nodes_;
  std::map<const GraphNode*, StringTensor> names_;
};

// The nodes that run before one, and it.
Result<std::vector<const GraphNode*>> NodesBefore(const NodeTable& nodes, const GraphNode& last) {
  std::vector<bool> is_found(nodes.nodes().size());
  std::vector<const GraphNode*> found = {&last};
  is_found[nodes.IndexOf(last)] = true;
  for (size_t next = 0; next < found.size(); ++next) {
    CAIRN_ASSIGN_OR_RETURN(const auto inputs, InputsOf(*found[next]));
    for (const std::string_view input : inputs) {
      const GraphNode* const node = nodes.Find(input);
      if (node == nullptr || is_found[nodes.IndexOf(*node)]) continue;
      is_found[nodes.IndexOf(*node)] = true;
      found.push_back(node);
    }
  }
  return found;
}

Result<RestoredKeys> KeysOfGraph(const MetaGraph& graph, const GraphNode& restore) {
  RestoredKeys keys;
  AssignmentReader reader(graph.node_table());
  CAIRN_ASSIGN_OR_RETURN(const auto before, NodesBefore(graph.node_table(), restore));
  for (const GraphNode* const node : before) {
    if (!IsAssignment(node->op)) continue;
    CAIRN_ASSIGN_OR_RETURN(const auto assignment, reader.Read(*node));
    if (assignment) keys.emplace(NodeNameOf(assignment->target), assignment->key);
  }
  return keys;
}

Result<RestoredKeys> KeysOfFunction(const GraphNode& call, const FunctionBody& body) {
  RestoredKeys keys;
  AssignmentReader reader(body.nodes);
  CAIRN_ASSIGN_OR_RETURN(const auto handles, InputsOf(call));
  for (const GraphNode& node : body.nodes.nodes()) {
    if (!IsAssignment(node.op)) continue;
    CAIRN_ASSIGN_OR_RETURN(const auto assignment, reader.Read(node));
    if (!assignment) continue;
    const auto argument = body.FindArgument(assignment->target);
    if (argument && *argument < handles.size())
      keys.emplace(NodeNameOf(handles[*argument]), assignment->key);
  }
  return keys;
}

}  // namespace

Result<RestoredKeys> FindRestoredKeys(const MetaGraph& graph) {
  if (!graph.saver()) return RestoredKeys();
  const GraphNode* const restore = graph.Find(graph.saver()->restore_op);
  if (restore == nullptr) return RestoredKeys();
  CAIRN_ASSIGN_OR_RETURN(const auto attribute, AttributeOf(*restore, "f"));
  if (!attribute) return KeysOfGraph(graph, *restore);
  CAIRN_ASSIGN_OR_RETURN(const auto names, FunctionsOfAttribute(*attribute));
  const Function* const function = names.empty() ? nullptr : graph.FindFunction(names[0]);
  if (function == nullptr) return RestoredKeys();
  CAIRN_ASSIGN_OR_RETURN(const FunctionBody body, ParseFunctionBody(*function));
  return KeysOfFunction(*restore, body);
}

}  // namespace cairn
