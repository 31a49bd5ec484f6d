#include "cairn/engines/tensorflow/session_variables.h"

#include <algorithm>
#include <unordered_map>

#include "cairn/core/escape.h"
#include "cairn/engines/tensorflow/captured_variables.h"
#include "cairn/engines/tensorflow/variable_ops.h"
#include "cairn/graph/graph_variables.h"
#include "cairn/graph/restored_keys.h"

namespace cairn::tensorflow {
namespace {

constexpr std::string_view kGlobal = "variables";
constexpr std::string_view kLocal = "local_variables";
constexpr std::string_view kMetrics = "metric_variables";
constexpr std::string_view kModel = "model_variables";
constexpr std::string_view kValueAttribute = "VARIABLE_VALUE";

Collections CollectionsOf(const GraphVariable& found) {
  const auto is_in = [&](std::string_view name) {
    return std::ranges::find(found.collections, name) != found.collections.end();
  };
  Collections collections;
  collections.trainable = found.trainable.value_or(false);
  collections.model = is_in(kModel);
  collections.local = (is_in(kLocal) || is_in(kMetrics)) && !is_in(kGlobal);
  return collections;
}

Result<std::optional<PartOf>> PartOfSlice(const VariableDef& def) {
  std::optional<PartOf> part;
  if (!def.slice || def.slice->full_name.empty()) return part;
  if (def.slice->full_dims.size() != def.slice->offset.size()) {
    return Status(Reason::kGraph, "variable " + Quoted(def.name) + " is a part of " +
                                      Quoted(def.slice->full_name) + " at " +
                                      ToString(def.slice->offset) + ", which has the shape " +
                                      ToString(def.slice->full_dims));
  }
  part = PartOf{std::string(def.slice->full_name), def.slice->full_dims, def.slice->offset};
  return part;
}

using Variables = std::vector<SessionVariable>;

class CollectionVariables {
 public:
  CollectionVariables(const MetaGraph& graph, VariableOps& ops) : graph_(graph), ops_(ops) {}

  Result<Variables> Run() {
    for (const std::string_view name : {kGlobal, kLocal, kMetrics}) {
      const Collection* const collection = graph_.FindCollection(name);
      if (collection == nullptr) continue;
      CAIRN_ASSIGN_OR_RETURN(const auto defs, VariableDefsOf(*collection));
      for (const VariableDef& def : defs) CAIRN_RETURN_IF_ERROR(Add(NodeNameOf(def.name), &def));
    }
    for (const GraphNode& node : graph_.nodes()) {
      if (IsVariableOp(node.op)) CAIRN_RETURN_IF_ERROR(Add(node.name, nullptr));
    }
    return std::move(variables_);
  }

 private:
  Status Add(std::string_view name, const VariableDef* def) {
    const GraphVariable* const found = ops_.Get(name);
    if (found == nullptr) return {};
    const GraphNode& node = *graph_.Find(name);
    CAIRN_ASSIGN_OR_RETURN(const bool is_new, ops_.Take(node));
    if (!is_new) return {};
    CAIRN_ASSIGN_OR_RETURN(SessionVariable made, ops_.Make(node));
    made.variable.collections = CollectionsOf(*found);
    if (def != nullptr) {
      CAIRN_ASSIGN_OR_RETURN(made.variable.part_of, PartOfSlice(*def));
    }
    variables_.push_back(std::move(made));
    return {};
  }

  const MetaGraph& graph_;
  VariableOps& ops_;
  Variables variables_;
};

// The names that variables of a SavedModel have in its checkpoint.
class ObjectKeys {
 public:
  ObjectKeys(const SavedObjectGraph& objects, const std::optional<ObjectGraph>& checkpoint)
      : from_paths_(KeysOfVariables(objects)), checkpoint_(checkpoint) {}

  // Returns nothing where the object has none.
  std::optional<std::string> Get(uint32_t object) const {
    if (checkpoint_ && object < checkpoint_->num_nodes()) {
      for (const ObjectGraph::Attribute& attribute : checkpoint_->attributes(object)) {
        if (attribute.name == kValueAttribute) return std::string(attribute.checkpoint_key);
      }
    }
    const auto found = from_paths_.find(object);
    return found == from_paths_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::map<uint32_t, std::string> from_paths_;
  const std::optional<ObjectGraph>& checkpoint_;
};

class ObjectVariables {
 public:
  ObjectVariables(const MetaGraph& graph, VariableOps& ops) : graph_(graph), ops_(ops) {}

  Result<Variables> Run(const SavedObjectGraph& objects,
                        const std::optional<ObjectGraph>& checkpoint) {
    CAIRN_ASSIGN_OR_RETURN(const CapturedVariables captured,
                           FindCapturedVariables(graph_, objects));
    const ObjectKeys keys(objects, checkpoint);
    for (const auto& [object, nodes] : captured) {
      const std::optional<std::string> key = keys.Get(object);
      const bool is_trainable = objects.nodes[object].variable->trainable;
      for (const GraphNode* const node : nodes)
        CAIRN_RETURN_IF_ERROR(Add(*node, key.value_or(std::string(node->name)), is_trainable));
    }
    CAIRN_RETURN_IF_ERROR(AddRest());
    return std::move(variables_);
  }

 private:
  // Ops that no function captures, such as those of slots, are known by what the saver of the graph
  // restores into them. Keras leaves further ones behind, which nothing uses.
  Status AddRest() {
    CAIRN_ASSIGN_OR_RETURN(const RestoredKeys restored, FindRestoredKeys(graph_));
    for (const GraphNode& node : graph_.nodes()) {
      const auto found = restored.find(node.name);
      if (found == restored.end()) continue;
      CAIRN_RETURN_IF_ERROR(Add(node, found->second, false));
    }
    return {};
  }

  Status Add(const GraphNode& node, std::string name, bool is_trainable) {
    const GraphVariable* const found = ops_.Get(node.name);
    if (found == nullptr) return {};
    CAIRN_ASSIGN_OR_RETURN(const bool is_new, ops_.Take(node));
    if (!is_new) return {};
    CAIRN_ASSIGN_OR_RETURN(SessionVariable made, ops_.Make(node));
    made.variable.name = std::move(name);
    made.variable.collections.trainable = is_trainable;
    const auto [entry, is_first] = by_name_.emplace(made.variable.name, variables_.size());
    if (is_first) {
      variables_.push_back(std::move(made));
      return {};
    }
    return AddOp(variables_[entry->second], made);
  }

  // Another op for the same object.
  static Status AddOp(SessionVariable& variable, const SessionVariable& other) {
    if (variable.variable.dtype != other.variable.dtype || variable.is_ref != other.is_ref) {
      return Status(Reason::kGraph, "ops " + Quoted(variable.ops[0]) + " and " +
                                        Quoted(other.ops[0]) + " are of one variable, " +
                                        Quoted(variable.variable.name) + ", and differ in kind");
    }
    variable.ops.push_back(other.ops[0]);
    return {};
  }

  const MetaGraph& graph_;
  VariableOps& ops_;
  Variables variables_;
  std::unordered_map<std::string, size_t> by_name_;
};

}  // namespace

bool SessionVariable::has_static_shape() const {
  return variable.has_known_rank &&
         std::ranges::all_of(variable.dims, [](int64_t dim) { return dim >= 0; });
}

Result<std::vector<SessionVariable>> FindSessionVariables(
    const MetaGraph& graph, const std::optional<ObjectGraph>& checkpoint) {
  CAIRN_ASSIGN_OR_RETURN(VariableOps ops, VariableOps::Find(graph));
  if (!graph.object_graph()) return CollectionVariables(graph, ops).Run();
  CAIRN_ASSIGN_OR_RETURN(const SavedObjectGraph objects,
                         ParseSavedObjectGraph(*graph.object_graph()));
  return ObjectVariables(graph, ops).Run(objects, checkpoint);
}

}  // namespace cairn::tensorflow
