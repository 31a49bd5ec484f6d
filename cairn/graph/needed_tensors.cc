#include "cairn/graph/needed_tensors.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"
#include "cairn/graph/graph_variables.h"
#include "cairn/graph/needed_variables.h"
#include "cairn/graph/restored_keys.h"
#include "cairn/graph/saved_object_graph.h"

namespace cairn {
namespace {

// Finds keys by the names of variables' nodes.
class KeyFinder {
 public:
  static Result<KeyFinder> Make(const MetaGraph& graph) {
    KeyFinder finder;
    CAIRN_ASSIGN_OR_RETURN(finder.restored_, FindRestoredKeys(graph));
    CAIRN_ASSIGN_OR_RETURN(const auto variables, FindVariables(graph));
    for (const GraphVariable& variable : variables)
      finder.keys_.emplace(variable.name, variable.key);
    for (const GraphNode& node : graph.nodes()) {
      if (node.op != "VarHandleOp") continue;
      CAIRN_ASSIGN_OR_RETURN(const auto attribute, AttributeOf(node, "shared_name"));
      if (!attribute) continue;
      CAIRN_ASSIGN_OR_RETURN(const auto shared_name, TextOfAttribute(*attribute));
      if (!shared_name || shared_name->empty()) continue;
      finder.shared_names_.emplace(node.name, *shared_name);
      const auto restored = finder.restored_.find(node.name);
      if (restored != finder.restored_.end())
        finder.keys_of_shared_.emplace(*shared_name, restored->second);
    }
    return finder;
  }

  // The saver comes first: what it says of the node, or of another node of the same resource.
  std::string KeyOf(const std::string& variable) const {
    if (const auto found = restored_.find(variable); found != restored_.end()) return found->second;
    const auto shared_name = shared_names_.find(variable);
    const auto by_resource = keys_of_shared_.find(
        shared_name != shared_names_.end() ? shared_name->second : std::string_view(variable));
    if (by_resource != keys_of_shared_.end()) return by_resource->second;
    const auto found = keys_.find(variable);
    return found != keys_.end() ? found->second : variable;
  }

 private:
  RestoredKeys restored_;
  std::map<std::string, std::string, std::less<>> keys_;
  std::map<std::string_view, std::string_view> shared_names_;            // by node
  std::map<std::string_view, std::string, std::less<>> keys_of_shared_;  // by shared name
};

Result<NeededTensors> WithKeys(const MetaGraph& graph, NeededNodes nodes) {
  CAIRN_ASSIGN_OR_RETURN(const KeyFinder finder, KeyFinder::Make(graph));
  NeededTensors needed;
  for (const std::string& variable : nodes.variables) needed.keys.insert(finder.KeyOf(variable));
  needed.tables = std::move(nodes.tables);
  return needed;
}

// The object at the end of a path from the root; null where there is none.
const SavedObject* FindObject(const SavedObjectGraph& graph, std::string_view path) {
  if (graph.nodes.empty()) return nullptr;
  const SavedObject* object = &graph.nodes[0];
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    const auto child = std::ranges::find(object->children, name, &SavedObject::Child::name);
    if (child == object->children.end()) return nullptr;
    object = &graph.nodes[child->node];
  }
  return object;
}

// Captures are the last arguments of a concrete function, in the order of its bound inputs. An
// object has the same number in the object graph of the checkpoint.
Status AddCaptures(const MetaGraph& graph, const SavedObjectGraph& saved, std::string_view name,
                   const ObjectGraph& objects, NeededTensors& needed) {
  const Function* const function = graph.FindFunction(name);
  const auto bound = saved.bound_inputs.find(name);
  if (function == nullptr || bound == saved.bound_inputs.end()) return {};
  CAIRN_ASSIGN_OR_RETURN(const FunctionBody body, ParseFunctionBody(*function));
  CAIRN_ASSIGN_OR_RETURN(const auto arguments, FindNeededArguments(graph, *function));
  if (bound->second.size() > body.arguments.size())
    return Status(Reason::kGraph, Quoted(name) + " has fewer arguments than captures");
  const size_t first_capture = body.arguments.size() - bound->second.size();
  for (const size_t argument : arguments) {
    if (argument < first_capture) continue;
    const uint32_t node = bound->second[argument - first_capture];
    if (node >= objects.num_nodes()) continue;
    for (const ObjectGraph::Attribute& attribute : objects.attributes(node))
      needed.keys.emplace(attribute.checkpoint_key);
  }
  return {};
}

Status NoSignature(const MetaGraph& graph, std::string_view signature) {
  std::vector<std::string> names;
  for (const Signature& known : graph.signatures()) names.emplace_back(known.name);
  return Status(Reason::kMissing, "no signature " + Quoted(signature) + " in the graph")
      .WithHint(names.empty() ? "it has none; name tensors with --outputs"
                              : "it has " + ListNames("signatures", names));
}

}  // namespace

Result<NeededTensors> FindNeededTensors(const MetaGraph& graph,
                                        std::span<const std::string> outputs) {
  CAIRN_ASSIGN_OR_RETURN(NeededNodes nodes, FindNeededNodes(graph, outputs));
  return WithKeys(graph, std::move(nodes));
}

Result<NeededTensors> FindTensorsOfSignature(const MetaGraph& graph, std::string_view name,
                                             const ObjectGraph* objects) {
  if (const Signature* const signature = graph.FindSignature(name)) {
    std::vector<std::string> outputs;
    for (const SignatureTensor& output : signature->outputs)
      outputs.insert(outputs.end(), output.tensors.begin(), output.tensors.end());
    std::vector<std::string_view> fed;
    for (const SignatureTensor& input : signature->inputs)
      fed.insert(fed.end(), input.tensors.begin(), input.tensors.end());
    CAIRN_ASSIGN_OR_RETURN(NeededNodes nodes, FindNeededNodes(graph, outputs, fed));
    return WithKeys(graph, std::move(nodes));
  }
  if (!graph.object_graph() || objects == nullptr) return NoSignature(graph, name);
  CAIRN_ASSIGN_OR_RETURN(const SavedObjectGraph saved,
                         ParseSavedObjectGraph(*graph.object_graph()));
  const SavedObject* const object = FindObject(saved, name);
  if (object == nullptr || object->functions.empty()) return NoSignature(graph, name);
  NeededTensors needed;
  for (const std::string_view function : object->functions)
    CAIRN_RETURN_IF_ERROR(AddCaptures(graph, saved, function, *objects, needed));
  return needed;
}

}  // namespace cairn
