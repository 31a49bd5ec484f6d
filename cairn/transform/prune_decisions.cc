#include "cairn/transform/prune_decisions.h"

#include <algorithm>
#include <numeric>

#include "cairn/core/bookkeeping.h"
#include "cairn/core/escape.h"
#include "cairn/core/variable_names.h"
#include "cairn/graph/moving_averages.h"
#include "cairn/graph/object_paths.h"
#include "cairn/graph/stored_object_graph.h"

namespace cairn {
namespace {

constexpr std::string_view kAverageEnding = "/ExponentialMovingAverage";  // of TensorFlow 1

using KeyOfVariable = std::map<std::string, std::string, std::less<>>;

// The averages of TensorFlow 1 are told by their names. Those of tensorpack ("EMA/…") are of
// summaries, not of weights.
KeyOfVariable AveragesByName(const TensorDict& dict) {
  KeyOfVariable averages;
  for (const TensorInfo& tensor : dict) {
    std::string_view name = VariableOfEntry(tensor.name);
    if (!name.ends_with(kAverageEnding)) continue;
    name.remove_suffix(kAverageEnding.size());
    averages.emplace(name, tensor.name);
  }
  return averages;
}

}  // namespace

PruneDecisions::PruneDecisions(const TensorDict& dict)
    : dict_(dict),
      is_kept_(dict.size()),
      is_moved_(dict.size()),
      source_(dict.size()),
      why_(dict.size()) {
  std::iota(source_.begin(), source_.end(), size_t{0});
}

Result<PruneDecisions> PruneDecisions::Make(const TensorDict& dict) {
  PruneDecisions decisions(dict);
  CAIRN_ASSIGN_OR_RETURN(decisions.objects_, ReadObjectGraph(dict));
  return decisions;
}

std::optional<size_t> PruneDecisions::Find(std::string_view variable) {
  // With both, tensorpack takes "w:0".
  if (const auto i = dict_.Find(std::string(variable) + ":0")) return i;
  if (const auto i = dict_.Find(variable)) return i;
  if (!objects_) return std::nullopt;
  if (!full_names_) ReadFullNames();
  const auto key = full_names_->find(variable);
  return key == full_names_->end() ? std::nullopt : dict_.Find(key->second);
}

void PruneDecisions::ReadFullNames() {
  full_names_.emplace();
  for (uint32_t node = 0; node < objects_->num_nodes(); ++node) {
    for (const ObjectGraph::Attribute& attribute : objects_->attributes(node))
      full_names_->emplace(attribute.full_name, attribute.checkpoint_key);
  }
}

void PruneDecisions::Drop(size_t i, std::string why) {
  is_kept_[i] = false;
  why_[i] = std::move(why);
}

Status PruneDecisions::TakeAverages() {
  const KeyOfVariable averages = objects_ ? AveragesOf(*objects_) : AveragesByName(dict_);
  bool has_taken = false;
  for (const auto& [variable, average] : averages) {
    const auto weight = objects_ ? dict_.Find(variable) : Find(variable);
    const auto i = dict_.Find(average);
    if (!weight || !i || !is_kept_[*weight]) continue;
    source_[*weight] = *i;
    is_moved_[*i] = true;
    why_[*weight] = "its moving average takes its place";
    has_taken = true;
  }
  if (has_taken) return {};
  return Status(Reason::kMissing, "no weight has a moving average").WithHint("leave out --ema");
}

// A mark that a rescue is partial stays in any case. The object graph must name exactly the tensors
// that are there, so it is dropped where they are others. This is the place to keep it, rewritten.
void PruneDecisions::DecideBookkeeping(bool drops_run_state) {
  for (size_t i = 0; i < dict_.size(); ++i) {
    const std::string_view name = dict_.name(i);
    if (!IsBookkeepingEntry(name)) continue;
    Keep(i);
    if (name == kRunStateName && drops_run_state) Drop(i, "is the state of a training run");
  }
}

Result<PrunePlan> PruneDecisions::Finish(bool drops_run_state, bool use_variable_names) {
  DecideBookkeeping(drops_run_state);
  PrunePlan plan;
  plan.has_variable_names = use_variable_names;
  std::vector<bool> is_used(dict_.size());
  for (size_t i = 0; i < dict_.size(); ++i) {
    const bool stays = is_kept_[i] && (source_[i] != i || !is_moved_[i]);
    if (!stays) continue;
    is_used[source_[i]] = true;
    const std::string_view name = dict_.name(i);
    plan.kept.push_back(
        {std::string(use_variable_names ? VariableOfEntry(name) : name), i, source_[i]});
  }
  for (size_t i = 0; i < dict_.size(); ++i) {
    if (is_used[i]) continue;
    plan.dropped.push_back(
        {std::string(dict_.name(i)), why_[i].empty() ? why_rest_ : std::move(why_[i])});
  }
  std::ranges::sort(plan.kept, {}, &KeptTensor::name);
  const auto twice = std::ranges::adjacent_find(plan.kept, {}, &KeptTensor::name);
  if (twice == plan.kept.end()) return plan;
  return Status(Reason::kArgument, Quoted(dict_.name(twice->entry)) + " and " +
                                       Quoted(dict_.name(std::next(twice)->entry)) +
                                       " would both be called " + Quoted(twice->name));
}

}  // namespace cairn
