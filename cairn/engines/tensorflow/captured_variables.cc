#include "cairn/engines/tensorflow/captured_variables.h"

#include <algorithm>
#include <optional>
#include <string>

#include "cairn/core/escape.h"
#include "cairn/graph/function_calls.h"
#include "cairn/graph/graph_variables.h"

namespace cairn::tensorflow {
namespace {

constexpr std::string_view kVariableValue = "/.ATTRIBUTES/VARIABLE_VALUE";
// A path of a sound program has less than a dozen; paths through a long chain would take memory
// that has no relation to the size of the file.
constexpr uint32_t kMaxSteps = 64;

Result<std::vector<std::string_view>> DataInputsOf(const GraphNode& node) {
  CAIRN_ASSIGN_OR_RETURN(auto inputs, InputsOf(node));
  std::erase_if(inputs, IsControlInput);
  return inputs;
}

// Returns the objects that the function of a call captures; nothing for a node that calls none of
// the functions that have objects.
Result<const std::vector<uint32_t>*> CapturesOf(const MetaGraph& graph,
                                                const SavedObjectGraph& objects,
                                                const GraphNode& node) {
  CAIRN_ASSIGN_OR_RETURN(const FunctionCall call, CallOf(graph, node));
  if (call.kind != FunctionCall::Kind::kCall || call.functions.empty()) return nullptr;
  const auto found = objects.bound_inputs.find(call.functions[0]->name);
  return found == objects.bound_inputs.end() ? nullptr : &found->second;
}

Status AddCaptures(const MetaGraph& graph, const SavedObjectGraph& objects, const GraphNode& node,
                   const std::vector<uint32_t>& captures, CapturedVariables& found) {
  CAIRN_ASSIGN_OR_RETURN(const auto inputs, DataInputsOf(node));
  if (inputs.size() < captures.size()) {
    return Status(Reason::kGraph, "node " + Quoted(node.name) + " has " +
                                      std::to_string(inputs.size()) + " inputs, its function " +
                                      "captures " + std::to_string(captures.size()) + " objects");
  }
  const size_t num_arguments = inputs.size() - captures.size();
  for (size_t i = 0; i < captures.size(); ++i) {
    if (!objects.nodes[captures[i]].variable) continue;
    const GraphNode* const op = graph.Find(inputs[num_arguments + i]);
    if (op == nullptr || !IsVariableOp(op->op)) continue;
    std::vector<const GraphNode*>& ops = found[captures[i]];
    if (std::ranges::find(ops, op) == ops.end()) ops.push_back(op);
  }
  return {};
}

// A name as a part of a key, in which dots and slashes have another meaning.
std::string EscapedName(std::string_view name) {
  std::string escaped;
  for (const char c : name) {
    if (c == '.') {
      escaped += "..";
    } else if (c == '/') {
      escaped += ".S";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

// The last step to an object.
struct Way {
  uint32_t parent = 0;
  std::string_view name;
  uint32_t num_steps = UINT32_MAX;  // from the root; UINT32_MAX where there is no way
};

// Returns the way to each object that a search in breadth finds first, which TensorFlow takes.
std::vector<Way> FirstWays(const SavedObjectGraph& objects) {
  std::vector<Way> ways(objects.nodes.size());
  if (ways.empty()) return ways;
  ways[0].num_steps = 0;
  std::vector<uint32_t> reached = {0};
  for (size_t next = 0; next < reached.size(); ++next) {
    const uint32_t parent = reached[next];
    for (const SavedObject::Child& child : objects.nodes[parent].children) {
      Way& way = ways[child.node];
      if (way.num_steps != UINT32_MAX) continue;
      way = {parent, child.name, ways[parent].num_steps + 1};
      reached.push_back(child.node);
    }
  }
  return ways;
}

std::optional<std::string> PathTo(uint32_t node, const std::vector<Way>& ways) {
  if (ways[node].num_steps > kMaxSteps) return std::nullopt;
  std::string path;
  for (; ways[node].num_steps > 0; node = ways[node].parent)
    path = EscapedName(ways[node].name) + (path.empty() ? "" : "/") + path;
  return path;
}

}  // namespace

Result<CapturedVariables> FindCapturedVariables(const MetaGraph& graph,
                                                const SavedObjectGraph& objects) {
  CapturedVariables found;
  for (const GraphNode& node : graph.nodes()) {
    CAIRN_ASSIGN_OR_RETURN(const auto captures, CapturesOf(graph, objects, node));
    if (captures != nullptr)
      CAIRN_RETURN_IF_ERROR(AddCaptures(graph, objects, node, *captures, found));
  }
  for (auto& [object, ops] : found) std::ranges::sort(ops);
  return found;
}

std::map<uint32_t, std::string> KeysOfVariables(const SavedObjectGraph& objects) {
  std::map<uint32_t, std::string> keys;
  const std::vector<Way> ways = FirstWays(objects);
  for (uint32_t node = 0; node < ways.size(); ++node) {
    if (!objects.nodes[node].variable) continue;
    const auto path = PathTo(node, ways);
    if (path) keys.emplace(node, *path + std::string(kVariableValue));
  }
  return keys;
}

}  // namespace cairn::tensorflow
