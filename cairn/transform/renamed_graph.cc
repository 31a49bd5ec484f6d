#include "cairn/transform/renamed_graph.h"

#include <algorithm>
#include <unordered_map>

#include "cairn/core/bookkeeping.h"
#include "cairn/graph/rewrite_object_graph.h"
#include "cairn/graph/stored_object_graph.h"
#include "cairn/source/string_source.h"

namespace cairn {
namespace {

using NewNames = std::unordered_map<std::string_view, std::string_view>;  // by the name before

Status CannotFollow(const Status& error) {
  return Status(error.reason(),
                "the object graph cannot follow the tensors that are renamed or "
                "left out: " +
                    std::string(error.message()))
      .WithHint("leave it out: --exclude " + std::string(kObjectGraphKey));
}

// Whether the graph names one of the tensors in `is_there`, and whether one that is not.
struct Named {
  bool some = false;
  bool others = false;
};
Result<Named> FindNamed(const TensorDict& dict, std::span<const RenamedTensor> plan) {
  CAIRN_ASSIGN_OR_RETURN(const auto graph, ReadObjectGraph(dict));
  std::vector<bool> is_planned(dict.size());
  for (const RenamedTensor& tensor : plan) is_planned[tensor.source] = true;
  Named named;
  for (uint32_t node = 0; node < graph->num_nodes(); ++node) {
    for (const ObjectGraph::Attribute& attribute : graph->attributes(node)) {
      const auto i = dict.Find(attribute.checkpoint_key);
      if (i) (is_planned[*i] ? named.some : named.others) = true;
    }
  }
  return named;
}

bool MatchesGraph(const std::vector<NamePattern>& patterns) {
  return std::ranges::any_of(
      patterns, [](const NamePattern& pattern) { return pattern.Matches(kObjectGraphKey); });
}

bool KeepsEverything(const TensorDict& dict, std::span<const RenamedTensor> plan) {
  return plan.size() == dict.size() && std::ranges::all_of(plan, [&](const RenamedTensor& tensor) {
           return tensor.name == dict.name(tensor.source);
         });
}

}  // namespace

Status PlanObjectGraph(const TensorDict& dict, const NameRules& rules,
                       std::vector<RenamedTensor>& plan) {
  const auto graph = FindObjectGraph(dict);
  if (!graph || MatchesGraph(rules.exclude) || plan.size() == dict.size()) return {};
  const auto planned = std::ranges::find(plan, *graph, &RenamedTensor::source);
  const bool is_planned = planned != plan.end();
  if (is_planned && !rules.select.empty()) return {};
  const Result<Named> named = FindNamed(dict, plan);
  if (!named.ok()) return CannotFollow(named.status());
  if (is_planned && named->others && !named->some) {
    plan.erase(planned);
  } else if (!is_planned && named->some) {
    const std::string name(kObjectGraphKey);
    const auto place = std::ranges::lower_bound(plan, name, {}, &RenamedTensor::name);
    // A tensor that was renamed to its name has it already; no tensor is given up for the graph.
    if (place == plan.end() || place->name != name) plan.insert(place, {name, *graph});
  }
  return {};
}

Result<std::shared_ptr<const TensorSource>> RenameInObjectGraph(
    const TensorDict& dict, std::span<const RenamedTensor> plan) {
  const Result<std::optional<std::string>> message = ReadObjectGraphMessage(dict);
  NewNames new_names;
  for (const RenamedTensor& tensor : plan) new_names.emplace(dict.name(tensor.source), tensor.name);
  const auto new_key = [&](std::string_view key) -> std::optional<std::string> {
    const auto found = new_names.find(key);
    if (found == new_names.end()) return std::nullopt;
    return std::string(found->second);
  };
  const Result<std::string> rewritten =
      message.ok() ? RewriteObjectGraph(**message, new_key) : message.status();
  // Whoever copies a checkpoint as it is may copy a graph that nobody can read.
  if (!rewritten.ok() && KeepsEverything(dict, plan)) return nullptr;
  if (!rewritten.ok()) return CannotFollow(rewritten.status());
  if (*rewritten == **message) return nullptr;
  return MakeTextSource(*rewritten);
}

}  // namespace cairn
