#include "cairn/graph/object_paths.h"

#include <algorithm>
#include <optional>

namespace cairn {
namespace {

constexpr uint32_t kNone = UINT32_MAX;
constexpr int kMaxDepth = 64;
constexpr std::string_view kVariableValue = "VARIABLE_VALUE";
constexpr std::string_view kAttributes = "/.ATTRIBUTES/";

// Whether a child lists variables that optimizers keep beside the objects that have them.
constexpr std::string_view kTrainableVariables = "_trainable_variables";
bool IsVariableList(std::string_view name) {
  return name == "_variables" || name == kTrainableVariables;
}

// The shortest ways from the root, each node's by the node before it.
class Ways {
 public:
  enum class Through : uint8_t { kObjects, kAnything };

  Ways(const ObjectGraph& graph, Through through) : graph_(graph), from_(graph.num_nodes()) {
    if (from_.empty()) return;
    from_[0] = {0, {}, 0};
    std::vector<uint32_t> found = {0};
    for (size_t next = 0; next < found.size(); ++next) {
      const uint32_t node = found[next];
      for (const ObjectGraph::Child& child : graph_.children(node)) {
        if (through == Through::kObjects && IsVariableList(child.name)) continue;
        if (from_[child.node].node != kNone) continue;
        from_[child.node] = {node, child.name, from_[node].depth + 1};
        found.push_back(child.node);
      }
    }
  }

  // "" for the root; nothing where there is no way, or one that is too deep.
  std::optional<std::string> To(uint32_t node) const {
    if (from_[node].node == kNone || from_[node].depth > kMaxDepth) return std::nullopt;
    std::vector<std::string_view> names;
    for (; node != 0; node = from_[node].node) names.push_back(from_[node].name);
    std::string path;
    for (size_t i = names.size(); i-- > 0;) {
      path += names[i];
      if (i > 0) path += '/';
    }
    return path;
  }

 private:
  struct Step {
    uint32_t node = kNone;
    std::string_view name;
    int depth = 0;
  };

  const ObjectGraph& graph_;
  std::vector<Step> from_;
};

// A variable that an optimizer keeps for another.
struct SlotVariable {
  uint32_t variable = 0;
  std::string name;
};
using Slots = std::map<uint32_t, SlotVariable>;  // by node

// "momentum" of "_momentums", "velocity" of "_velocities".
std::string SlotNameOfList(std::string_view list) {
  std::string name(list.substr(1));
  if (name.ends_with("ies")) return name.replace(name.size() - 3, 3, "y");
  if (name.ends_with("s")) name.pop_back();
  return name;
}

// Optimizers of Keras 3 have no slots, but lists beside that of their variables, in its order.
// `is_seen` keeps a list that many name from being walked as often.
void AddKerasSlots(const ObjectGraph& graph, uint32_t optimizer, std::vector<bool>& is_seen,
                   Slots& slots) {
  const auto children = graph.children(optimizer);
  const auto variables =
      std::ranges::find(children, kTrainableVariables, &ObjectGraph::Child::name);
  if (variables == children.end()) return;
  const auto of = graph.children(variables->node);
  for (const ObjectGraph::Child& list : children) {
    if (is_seen[list.node]) continue;
    is_seen[list.node] = true;
    const auto kept = graph.children(list.node);
    const bool is_slot_list =
        list.name.starts_with('_') && !IsVariableList(list.name) &&
        std::ranges::equal(kept, of, {}, &ObjectGraph::Child::name, &ObjectGraph::Child::name);
    if (!is_slot_list) continue;
    for (size_t i = 0; i < of.size(); ++i)
      slots.emplace(kept[i].node, SlotVariable{of[i].node, SlotNameOfList(list.name)});
  }
}

Slots SlotsOf(const ObjectGraph& graph) {
  Slots slots;
  std::vector<bool> is_seen(graph.num_nodes());
  for (uint32_t node = 0; node < graph.num_nodes(); ++node) {
    for (const ObjectGraph::Slot& slot : graph.slots(node))
      slots.emplace(slot.slot_variable, SlotVariable{slot.variable, std::string(slot.name)});
    AddKerasSlots(graph, node, is_seen, slots);
  }
  return slots;
}

std::string WithoutEnding(std::string_view key) {
  const size_t at = key.find(kAttributes);
  return std::string(key.substr(0, at));
}

std::string WithAttribute(std::string path, const ObjectGraph::Attribute& attribute) {
  if (attribute.name == kVariableValue) return path;
  if (!path.empty()) path += '/';
  return path.append(attribute.name);
}

class PathMaker {
 public:
  explicit PathMaker(const ObjectGraph& graph)
      : graph_(graph),
        objects_(graph, Ways::Through::kObjects),
        anything_(graph, Ways::Through::kAnything),
        slots_(SlotsOf(graph)) {}

  std::map<std::string, std::string> Run() const {
    std::map<std::string, std::string> paths;
    for (uint32_t node = 0; node < graph_.num_nodes(); ++node) {
      if (graph_.attributes(node).empty()) continue;
      const std::optional<std::string> path = PathTo(node);
      for (const ObjectGraph::Attribute& attribute : graph_.attributes(node)) {
        const std::string key(attribute.checkpoint_key);
        paths[key] = path ? WithAttribute(*path, attribute) : WithoutEnding(key);
      }
    }
    return paths;
  }

 private:
  std::optional<std::string> PathTo(uint32_t node) const {
    if (const auto slot = slots_.find(node); slot != slots_.end()) {
      const auto variable = objects_.To(slot->second.variable);
      if (variable) return *variable + "/" + slot->second.name;
    }
    const auto path = objects_.To(node);
    return path ? path : anything_.To(node);
  }

  const ObjectGraph& graph_;
  Ways objects_;
  Ways anything_;
  Slots slots_;
};

// Tensors that would share a path keep their keys' own; where even that is taken, the whole key.
void MakeUnique(std::map<std::string, std::string>& paths) {
  std::map<std::string, int> uses;
  for (const auto& [key, path] : paths) ++uses[path];
  for (auto& [key, path] : paths) {
    if (uses[path] > 1) path = WithoutEnding(key);
  }
  uses.clear();
  for (const auto& [key, path] : paths) ++uses[path];
  for (auto& [key, path] : paths) {
    if (uses[path] > 1) path = key;
  }
}

}  // namespace

std::map<std::string, std::string> ShortPaths(const ObjectGraph& graph) {
  std::map<std::string, std::string> paths = PathMaker(graph).Run();
  MakeUnique(paths);
  return paths;
}

ObjectNames NamesOfObjects(const ObjectGraph& graph) {
  ObjectNames names;
  for (auto& [key, path] : ShortPaths(graph)) names[key].path = path;
  for (uint32_t node = 0; node < graph.num_nodes(); ++node) {
    for (const ObjectGraph::Attribute& attribute : graph.attributes(node)) {
      std::string& full_name = names[std::string(attribute.checkpoint_key)].full_name;
      if (full_name.empty()) full_name = attribute.full_name;
    }
  }
  return names;
}

std::map<std::string, std::string> SlotNames(const ObjectGraph& graph) {
  std::map<std::string, std::string> names;
  for (const auto& [node, slot] : SlotsOf(graph)) {
    for (const ObjectGraph::Attribute& attribute : graph.attributes(node))
      names.emplace(attribute.checkpoint_key, slot.name);
  }
  return names;
}

}  // namespace cairn
