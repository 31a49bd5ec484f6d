#include "cairn/graph/training_state.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "cairn/core/variable_names.h"
#include "cairn/graph/object_paths.h"

namespace cairn {
namespace {

constexpr std::string_view kTrained = "_trainable_variables";
constexpr std::string_view kSaveCounter = "save_counter";
constexpr std::string_view kIteratorState = "ITERATOR";  // and ITERATOR_STATE
constexpr std::string_view kSlotOfKey = "/.OPTIMIZER_SLOT/";

const ObjectGraph::Child* FindChild(const ObjectGraph& graph, uint32_t node,
                                    std::string_view name) {
  const auto children = graph.children(node);
  const auto found = std::ranges::find(children, name, &ObjectGraph::Child::name);
  return found == children.end() ? nullptr : &*found;
}

bool HasChild(const ObjectGraph& graph, uint32_t node, std::string_view name) {
  return FindChild(graph, node, name) != nullptr;
}

// Whether a node has what optimizers of Keras 3, Keras 2 or TensorFlow 1 have.
bool IsBuiltAsOptimizer(const ObjectGraph& graph, uint32_t node) {
  const auto has = [&](std::string_view name) { return HasChild(graph, node, name); };
  return !graph.slots(node).empty() ||
         (has("_iterations") && (has("_learning_rate") || has("_variables"))) ||
         (has("iter") && (has("learning_rate") || has("decay"))) ||
         (has("beta1_power") && has("beta2_power"));
}

bool IsNameOfOptimizer(std::string_view name) {
  return name == "optimizer" || name.ends_with("_optimizer");
}

// Whether a child of an object that Keras made for a SavedModel (`keras_api`), or of any other
// object, lists metrics.
bool IsMetricList(std::string_view name, bool is_child_of_keras_api) {
  return name == "compiled_metrics" || (name == "metrics" && is_child_of_keras_api);
}

// The objects from which a variable can be reached decide what it is.
class RoleFinder {
 public:
  explicit RoleFinder(const ObjectGraph& graph)
      : graph_(graph),
        is_optimizer_(graph.num_nodes()),
        is_keras_api_(graph.num_nodes()),
        is_metric_list_(graph.num_nodes()),
        is_trained_(graph.num_nodes()) {}

  // Returns the role of every node's variable. Slots count as variables of their optimizer.
  std::vector<TensorRole> Run() {
    std::vector<TensorRole> roles(graph_.num_nodes(), TensorRole::kModel);
    if (roles.empty()) return roles;
    FindOptimizers();
    FindTrainedVariables();
    FindMetricLists();
    const std::vector<bool> is_of_model = ReachModel();
    const auto mark = [&](const std::vector<bool>& is_reached, TensorRole role) {
      for (size_t node = 0; node < roles.size(); ++node) {
        if (is_reached[node] && !is_of_model[node] && !is_trained_[node]) roles[node] = role;
      }
    };
    mark(ReachFrom(is_metric_list_), TensorRole::kMetric);
    mark(ReachFrom(is_optimizer_), TensorRole::kOptimizer);
    return roles;
  }

 private:
  void FindOptimizers() {
    std::vector<bool> is_built(graph_.num_nodes());
    for (uint32_t node = 0; node < graph_.num_nodes(); ++node)
      is_built[node] = IsBuiltAsOptimizer(graph_, node);
    is_optimizer_ = is_built;
    for (uint32_t node = 0; node < graph_.num_nodes(); ++node) {
      for (const ObjectGraph::Child& child : graph_.children(node)) {
        if (!IsNameOfOptimizer(child.name) || child.node == 0 || is_optimizer_[child.node])
          continue;
        is_optimizer_[child.node] = !ContainsOne(is_built, child.node);
      }
    }
  }

  // Whether one of the children is an optimizer: such a node is a trainer, or wraps an optimizer.
  bool ContainsOne(const std::vector<bool>& is_optimizer, uint32_t node) const {
    return std::ranges::any_of(graph_.children(node), [&](const ObjectGraph::Child& child) {
      return is_optimizer[child.node];
    });
  }

  // Marks the variables that an optimizer has slots for, or lists as those that it trains.
  void FindTrainedVariables() {
    std::vector<bool> is_walked(graph_.num_nodes());  // a list may have many names
    for (uint32_t node = 0; node < graph_.num_nodes(); ++node) {
      for (const ObjectGraph::Slot& slot : graph_.slots(node)) is_trained_[slot.variable] = true;
      if (!is_optimizer_[node]) continue;
      const ObjectGraph::Child* const list = FindChild(graph_, node, kTrained);
      if (list == nullptr || is_walked[list->node]) continue;
      is_walked[list->node] = true;
      for (const ObjectGraph::Child& variable : graph_.children(list->node))
        is_trained_[variable.node] = true;
    }
  }

  void FindMetricLists() {
    for (uint32_t node = 0; node < graph_.num_nodes(); ++node) {
      for (const ObjectGraph::Child& child : graph_.children(node))
        if (child.name == "keras_api") is_keras_api_[child.node] = true;
    }
    for (uint32_t node = 0; node < graph_.num_nodes(); ++node) {
      for (const ObjectGraph::Child& child : graph_.children(node))
        if (IsMetricList(child.name, is_keras_api_[node])) is_metric_list_[child.node] = true;
    }
  }

  // Marks what is reached from the root without passing an optimizer or a list of metrics.
  std::vector<bool> ReachModel() const {
    std::vector<bool> is_reached(graph_.num_nodes());
    std::vector<uint32_t> found;
    const auto reach = [&](uint32_t node) {
      if (is_reached[node] || is_optimizer_[node] || is_metric_list_[node]) return;
      is_reached[node] = true;
      found.push_back(node);
    };
    reach(0);
    for (size_t next = 0; next < found.size(); ++next) {
      for (const ObjectGraph::Child& child : graph_.children(found[next])) reach(child.node);
    }
    return is_reached;
  }

  std::vector<bool> ReachFrom(std::vector<bool> is_reached) const {
    std::vector<uint32_t> found;
    for (uint32_t node = 0; node < graph_.num_nodes(); ++node) {
      if (is_reached[node]) found.push_back(node);
    }
    const auto reach = [&](uint32_t node) {
      if (!is_reached[node]) found.push_back(node);
      is_reached[node] = true;
    };
    for (size_t next = 0; next < found.size(); ++next) {
      for (const ObjectGraph::Child& child : graph_.children(found[next])) reach(child.node);
      for (const ObjectGraph::Slot& slot : graph_.slots(found[next])) reach(slot.slot_variable);
    }
    return is_reached;
  }

  const ObjectGraph& graph_;
  std::vector<bool> is_optimizer_;
  std::vector<bool> is_keras_api_;
  std::vector<bool> is_metric_list_;
  std::vector<bool> is_trained_;
};

// Returns the role of a tensor by its name alone.
TensorRole RoleOfName(std::string_view name) {
  if (IsBookkeepingEntry(name)) return TensorRole::kBookkeeping;
  if (name == kSaveCounterKey) return TensorRole::kSaveCounter;
  if (name.find(kSlotOfKey) != name.npos) return TensorRole::kSlot;
  return LooksLikeTrainingState(name) ? TensorRole::kTrainingName : TensorRole::kModel;
}

using RolesByKey = std::unordered_map<std::string_view, TensorRole>;

RolesByKey RolesOfKeys(const ObjectGraph& graph) {
  const std::vector<TensorRole> roles = RoleFinder(graph).Run();
  const std::map<std::string, std::string> slots = SlotNames(graph);
  RolesByKey by_key;
  for (uint32_t node = 0; node < graph.num_nodes(); ++node) {
    for (const ObjectGraph::Attribute& attribute : graph.attributes(node)) {
      TensorRole role = roles[node];
      const bool is_slot = slots.contains(std::string(attribute.checkpoint_key));
      if (role == TensorRole::kOptimizer && is_slot) role = TensorRole::kSlot;
      if (attribute.name.starts_with(kIteratorState)) role = TensorRole::kIterator;
      by_key[attribute.checkpoint_key] = role;
    }
  }
  for (const ObjectGraph::Child& child :
       graph.num_nodes() > 0 ? graph.children(0) : std::span<const ObjectGraph::Child>()) {
    if (child.name != kSaveCounter) continue;
    for (const ObjectGraph::Attribute& attribute : graph.attributes(child.node))
      by_key[attribute.checkpoint_key] = TensorRole::kSaveCounter;
  }
  return by_key;
}

}  // namespace

std::string_view Describe(TensorRole role) {
  switch (role) {
    case TensorRole::kModel:
      return "a variable of the model";
    case TensorRole::kSlot:
      return "a slot variable of an optimizer";
    case TensorRole::kOptimizer:
      return "a variable of an optimizer";
    case TensorRole::kMetric:
      return "a variable of a metric";
    case TensorRole::kSaveCounter:
      return "the number of saves";
    case TensorRole::kIterator:
      return "the position in a data set";
    case TensorRole::kTrainingName:
      return "its name is that of training state";
    case TensorRole::kBookkeeping:
      return "a bookkeeping entry";
  }
  return "";
}

std::vector<TensorRole> RolesOf(const TensorDict& dict, const ObjectGraph* graph) {
  const RolesByKey known = graph != nullptr ? RolesOfKeys(*graph) : RolesByKey();
  std::vector<TensorRole> roles;
  roles.reserve(dict.size());
  for (const TensorInfo& tensor : dict) {
    const auto found = known.find(tensor.name);
    roles.push_back(found != known.end() ? found->second : RoleOfName(tensor.name));
  }
  return roles;
}

Result<std::vector<TensorRole>> RolesOf(const TensorDict& dict) {
  CAIRN_ASSIGN_OR_RETURN(const auto graph, ReadObjectGraph(dict));
  return RolesOf(dict, graph ? &*graph : nullptr);
}

}  // namespace cairn
