#include "cairn/engines/tensorflow/session_variables.h"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>

#include "cairn/core/escape.h"
#include "cairn/engines/tensorflow/captured_variables.h"
#include "cairn/graph/graph_variables.h"
#include "cairn/graph/restored_keys.h"

namespace cairn::tensorflow {
namespace {

constexpr std::string_view kGlobal = "variables";
constexpr std::string_view kLocal = "local_variables";
constexpr std::string_view kMetrics = "metric_variables";
constexpr std::string_view kModel = "model_variables";
constexpr std::string_view kValueAttribute = "VARIABLE_VALUE";

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

// Makes a session variable of what the graph says about an op.
Result<SessionVariable> MakeVariable(const MetaGraph& graph, const GraphNode& node,
                                     const GraphVariable& found) {
  if (!found.dtype) {
    return Status(Reason::kGraph,
                  "variable " + Quoted(node.name) + " has no dtype that TensorFlow can store");
  }
  SessionVariable made;
  made.variable.name = node.name;
  made.variable.dtype = *found.dtype;
  made.variable.has_known_rank = found.dims.has_value();
  if (found.dims) made.variable.dims = *found.dims;
  CAIRN_ASSIGN_OR_RETURN(const bool takes_any, TakesAnyShape(graph, node, found));
  if (takes_any) {
    made.variable.has_known_rank = false;
    made.variable.dims.clear();
  }
  made.ops = {std::string(node.name)};
  made.is_ref = !IsResource(node);
  if (!found.initializer.empty() && graph.Find(found.initializer) != nullptr)
    made.initializer = NodeNameOf(found.initializer);
  return made;
}

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

std::optional<PartOf> PartOfSlice(const std::optional<SliceInfo>& slice) {
  if (!slice || slice->full_name.empty()) return std::nullopt;
  return PartOf{std::string(slice->full_name), slice->full_dims, slice->offset};
}

// What both kinds of graphs share: the ops that are variables, each identity once.
class VariableOps {
 public:
  static Result<VariableOps> Find(const MetaGraph& graph) {
    VariableOps ops;
    CAIRN_ASSIGN_OR_RETURN(const std::vector<GraphVariable> found, FindVariables(graph));
    for (const GraphVariable& variable : found) {
      const GraphNode* const node = graph.Find(variable.name);
      const bool is_there = node != nullptr && IsVariableOp(node->op);
      if (is_there && IsStorable(variable)) ops.by_name_.emplace(variable.name, variable);
    }
    return ops;
  }

  // Null where the graph has no such op.
  const GraphVariable* Get(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &found->second;
  }

  // Returns false for an op of a variable that was taken before.
  Result<bool> Take(const GraphNode& node) {
    CAIRN_ASSIGN_OR_RETURN(std::string identity, IdentityOf(node));
    return taken_.insert(std::move(identity)).second;
  }

 private:
  std::unordered_map<std::string_view, GraphVariable> by_name_;
  std::set<std::string> taken_;
};

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
    CAIRN_ASSIGN_OR_RETURN(SessionVariable made, MakeVariable(graph_, node, *found));
    made.variable.collections = CollectionsOf(*found);
    if (def != nullptr) made.variable.part_of = PartOfSlice(def->slice);
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
    CAIRN_ASSIGN_OR_RETURN(SessionVariable made, MakeVariable(graph_, node, *found));
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
