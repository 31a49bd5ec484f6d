#include "cairn/graph/remaining_objects.h"

#include <algorithm>

namespace cairn {
namespace {

// Lists of numbers, one list for each node, in two arrays.
class NodeLists {
 public:
  // Calls `for_each(add)` twice, where `add(node, number)` appends to the list of a node.
  template <typename ForEach>
  NodeLists(size_t num_nodes, ForEach for_each) : begins_(num_nodes + 1) {
    for_each([&](uint32_t node, uint32_t) { ++begins_[node + 1]; });
    for (size_t node = 0; node < num_nodes; ++node) begins_[node + 1] += begins_[node];
    numbers_.resize(begins_.back());
    std::vector<size_t> next(begins_.begin(), begins_.end() - 1);
    for_each([&](uint32_t node, uint32_t number) { numbers_[next[node]++] = number; });
  }

  std::span<const uint32_t> operator[](uint32_t node) const {
    return std::span(numbers_).subspan(begins_[node], begins_[node + 1] - begins_[node]);
  }

 private:
  std::vector<size_t> begins_;
  std::vector<uint32_t> numbers_;
};

// Finds the objects that lead to tensors. A slot leads its optimizer to both of its variables, and
// counts only if both lead to tensors.
class TensorLeads {
 public:
  explicit TensorLeads(const ObjectGraph& graph)
      : graph_(graph),
        parents_(graph.num_nodes(),
                 [&](auto add) {
                   for (uint32_t node = 0; node < graph.num_nodes(); ++node) {
                     for (const auto& child : graph.children(node)) add(child.node, node);
                   }
                 }),
        slots_of_(graph.num_nodes(), [&](auto add) {
          uint32_t slot_number = 0;
          for (uint32_t node = 0; node < graph.num_nodes(); ++node) {
            for (const auto& slot : graph.slots(node)) {
              add(slot.variable, slot_number);
              add(slot.slot_variable, slot_number++);
            }
          }
        }) {
    for (uint32_t node = 0; node < graph.num_nodes(); ++node)
      owners_.insert(owners_.end(), graph.slots(node).size(), node);
  }

  // `has_tensor` says of each node whether it has one itself.
  std::vector<bool> Find(std::vector<bool> has_tensor) const {
    std::vector<bool> leads = std::move(has_tensor);
    std::vector<uint32_t> found;
    for (uint32_t node = 0; node < graph_.num_nodes(); ++node) {
      if (leads[node]) found.push_back(node);
    }
    const auto mark = [&](uint32_t node) {
      if (!leads[node]) found.push_back(node);
      leads[node] = true;
    };
    // Both ends of a slot count one; a node that is both is listed twice.
    std::vector<uint8_t> num_ends(owners_.size());
    for (size_t next = 0; next < found.size(); ++next) {
      const uint32_t node = found[next];
      for (const uint32_t parent : parents_[node]) mark(parent);
      for (const uint32_t slot : slots_of_[node]) {
        if (++num_ends[slot] == 2) mark(owners_[slot]);
      }
    }
    return leads;
  }

 private:
  const ObjectGraph& graph_;
  NodeLists parents_;
  NodeLists slots_of_;
  std::vector<uint32_t> owners_;  // of each slot
};

// Marks everything to which `is_start` leads, through nodes that are not `is_closed`.
std::vector<bool> ReachFrom(const ObjectGraph& graph, const std::vector<bool>& is_start,
                            const std::vector<bool>& is_closed) {
  std::vector<bool> is_reached(graph.num_nodes());
  std::vector<uint32_t> found;
  const auto reach = [&](uint32_t node) {
    if (is_reached[node] || is_closed[node]) return;
    is_reached[node] = true;
    found.push_back(node);
  };
  for (uint32_t node = 0; node < graph.num_nodes(); ++node) {
    if (is_start[node]) reach(node);
  }
  for (size_t next = 0; next < found.size(); ++next) {
    for (const auto& child : graph.children(found[next])) reach(child.node);
    for (const auto& slot : graph.slots(found[next])) {
      reach(slot.variable);
      reach(slot.slot_variable);
    }
  }
  return is_reached;
}

std::vector<bool> RootOf(const ObjectGraph& graph) {
  std::vector<bool> is_root(graph.num_nodes());
  if (!is_root.empty()) is_root[0] = true;
  return is_root;
}

}  // namespace

std::vector<bool> FindRemainingObjects(const ObjectGraph& graph,
                                       const std::vector<std::optional<std::string>>& new_keys) {
  const size_t num_nodes = graph.num_nodes();
  std::vector<bool> had_tensor(num_nodes);
  std::vector<bool> has_tensor(num_nodes);
  size_t next_key = 0;
  for (uint32_t node = 0; node < num_nodes; ++node) {
    had_tensor[node] = has_tensor[node] = graph.has_registered_saver(node);
    for (size_t i = 0; i < graph.attributes(node).size(); ++i) {
      had_tensor[node] = true;
      if (new_keys[next_key++]) has_tensor[node] = true;
    }
  }
  const TensorLeads leads(graph);
  const std::vector<bool> led = leads.Find(std::move(had_tensor));
  const std::vector<bool> still_leads = leads.Find(std::move(has_tensor));
  const std::vector<bool> root = RootOf(graph);
  if (std::ranges::find(still_leads, true) == still_leads.end()) return root;

  std::vector<bool> is_closed(num_nodes);
  for (uint32_t node = 1; node < num_nodes; ++node)
    is_closed[node] = led[node] && !still_leads[node];
  std::vector<bool> is_start = still_leads;
  is_start[0] = true;
  const std::vector<bool> was_reached = ReachFrom(graph, root, std::vector<bool>(num_nodes));
  const std::vector<bool> is_reached = ReachFrom(graph, is_start, is_closed);
  std::vector<bool> remains(num_nodes);
  // An object that could not be reached before belongs to no other, and stays as it is.
  for (uint32_t node = 0; node < num_nodes; ++node)
    remains[node] = is_reached[node] || (!was_reached[node] && !is_closed[node]);
  return remains;
}

}  // namespace cairn
