#include "cairn/graph/moving_averages.h"

#include <algorithm>

namespace cairn {
namespace {

constexpr std::string_view kSlot = "average";
constexpr std::string_view kTrained = "_trainable_variables";
constexpr std::string_view kAverages = "_model_variables_moving_average";

// The children of a child; empty where there is no child of this name.
std::span<const ObjectGraph::Child> ListOf(const ObjectGraph& graph, uint32_t node,
                                           std::string_view name) {
  const auto children = graph.children(node);
  const auto list = std::ranges::find(children, name, &ObjectGraph::Child::name);
  if (list == children.end()) return {};
  return graph.children(list->node);
}

}  // namespace

std::map<std::string, std::string, std::less<>> AveragesOf(const ObjectGraph& graph) {
  std::map<std::string, std::string, std::less<>> averages;
  const auto add = [&](uint32_t variable, uint32_t average) {
    const auto key = graph.attributes(variable);
    const auto average_key = graph.attributes(average);
    if (!key.empty() && !average_key.empty())
      averages.emplace(key[0].checkpoint_key, average_key[0].checkpoint_key);
  };
  for (uint32_t node = 0; node < graph.num_nodes(); ++node) {
    for (const ObjectGraph::Slot& slot : graph.slots(node)) {
      if (slot.name == kSlot) add(slot.variable, slot.slot_variable);
    }
    const auto values = ListOf(graph, node, kAverages);
    if (values.empty()) continue;
    // The two lists of an optimizer of Keras are in one order.
    const auto variables = ListOf(graph, node, kTrained);
    if (!std::ranges::equal(variables, values, {}, &ObjectGraph::Child::name,
                            &ObjectGraph::Child::name))
      continue;
    for (size_t i = 0; i < values.size(); ++i) add(variables[i].node, values[i].node);
  }
  return averages;
}

}  // namespace cairn
