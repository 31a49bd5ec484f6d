#include "cairn/graph/graph_variables.h"

#include <algorithm>
#include <array>
#include <map>

#include "cairn/codec/tensorflow/tensor_shape.h"
#include "cairn/graph/restored_keys.h"
#include "cairn/graph/saved_object_graph.h"

namespace cairn {
namespace {

constexpr std::string_view kTrainable = "trainable_variables";
constexpr std::array<std::string_view, 7> kVariableCollections = {
    "variables",       "trainable_variables", "moving_average_variables", "local_variables",
    "model_variables", "global_step",         "metric_variables"};

Result<std::optional<std::vector<int64_t>>> DimsOf(const GraphNode& node) {
  std::optional<std::vector<int64_t>> dims;
  CAIRN_ASSIGN_OR_RETURN(const auto attribute, AttributeOf(node, "shape"));
  if (!attribute) return dims;
  CAIRN_ASSIGN_OR_RETURN(const auto shape, ShapeOfAttribute(*attribute));
  if (!shape) return dims;
  const Status parsed = tensorflow::ParseTensorShape(*shape, dims.emplace());
  if (parsed.reason() == Reason::kShape) return std::optional<std::vector<int64_t>>();
  if (!parsed.ok()) return parsed;
  return dims;
}

class Finder {
 public:
  explicit Finder(const MetaGraph& graph) : graph_(graph) {}

  Result<std::vector<GraphVariable>> Run() {
    for (const GraphNode& node : graph_.nodes()) {
      if (IsVariableOp(node.op)) CAIRN_RETURN_IF_ERROR(AddNode(node));
    }
    for (const std::string_view name : kVariableCollections) {
      const Collection* const collection = graph_.FindCollection(name);
      if (collection != nullptr) CAIRN_RETURN_IF_ERROR(AddCollection(*collection));
    }
    CAIRN_ASSIGN_OR_RETURN(const RestoredKeys keys, FindRestoredKeys(graph_));
    std::vector<GraphVariable> variables;
    for (auto& [name, variable] : by_name_) {
      if (const auto restored = keys.find(name); restored != keys.end())
        variable.key = restored->second;
      if (variable.key.empty()) variable.key = name;
      variables.push_back(std::move(variable));
    }
    return variables;
  }

 private:
  Status AddNode(const GraphNode& node) {
    GraphVariable& variable = by_name_[node.name];
    variable.name = node.name;
    CAIRN_ASSIGN_OR_RETURN(const auto type, AttributeOf(node, "dtype"));
    if (type) {
      CAIRN_ASSIGN_OR_RETURN(variable.dtype, TypeOfAttribute(*type));
    }
    CAIRN_ASSIGN_OR_RETURN(variable.dims, DimsOf(node));
    return {};
  }

  // Files that are older than VariableDef.trainable tell it by the collection alone, and newer ones
  // agree with it.
  Status AddCollection(const Collection& collection) {
    CAIRN_ASSIGN_OR_RETURN(const auto defs, VariableDefsOf(collection));
    for (const VariableDef& def : defs) {
      GraphVariable& variable = by_name_[NodeNameOf(def.name)];
      variable.name = NodeNameOf(def.name);
      if (std::ranges::find(variable.collections, collection.name) == variable.collections.end())
        variable.collections.push_back(collection.name);
      if (!def.initializer.empty()) variable.initializer = def.initializer;
      if (def.slice && !def.slice->full_name.empty()) variable.key = def.slice->full_name;
      variable.trainable = variable.trainable.value_or(false) || def.trainable.value_or(false) ||
                           collection.name == kTrainable;
    }
    return {};
  }

  const MetaGraph& graph_;
  std::map<std::string_view, GraphVariable> by_name_;
};

}  // namespace

Result<std::vector<VariableDef>> VariableDefsOf(const Collection& collection) {
  std::vector<VariableDef> variables;
  for (const std::string_view text : collection.texts) {
    if (collection.kind == Collection::Kind::kBytes) {
      CAIRN_ASSIGN_OR_RETURN(variables.emplace_back(), ParseVariableDef(AsBytes(text)));
    } else if (collection.kind == Collection::Kind::kNodes) {
      variables.emplace_back().name = text;
    }
  }
  return variables;
}

bool IsVariableOp(std::string_view op) {
  return op == "VarHandleOp" || op == "VariableV2" || op == "Variable" ||
         op == "AutoReloadVariable";
}

Result<std::vector<GraphVariable>> FindVariables(const MetaGraph& graph) {
  return Finder(graph).Run();
}

Result<std::vector<GraphVariable>> FindObjectVariables(const MetaGraph& graph) {
  std::vector<GraphVariable> variables;
  if (!graph.object_graph()) return variables;
  CAIRN_ASSIGN_OR_RETURN(const SavedObjectGraph objects,
                         ParseSavedObjectGraph(*graph.object_graph()));
  for (const SavedObject& object : objects.nodes) {
    if (!object.variable) continue;
    GraphVariable& variable = variables.emplace_back();
    variable.name = object.variable->name;
    variable.dtype = object.variable->dtype;
    if (object.variable->has_known_rank) variable.dims = object.variable->dims;
    variable.trainable = object.variable->trainable;
  }
  return variables;
}

Result<std::set<std::string_view>> VariablesInCollection(const MetaGraph& graph,
                                                         std::string_view name) {
  std::set<std::string_view> names;
  const Collection* const collection = graph.FindCollection(name);
  if (collection == nullptr) return names;
  CAIRN_ASSIGN_OR_RETURN(const auto defs, VariableDefsOf(*collection));
  for (const VariableDef& def : defs) names.insert(NodeNameOf(def.name));
  return names;
}

}  // namespace cairn
