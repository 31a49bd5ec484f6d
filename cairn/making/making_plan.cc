#include "cairn/making/making_plan.h"

#include <algorithm>

#include "cairn/core/variable_names.h"
#include "cairn/transform/renamed_graph.h"

namespace cairn {
namespace {

Result<std::shared_ptr<const TensorSource>> OpenOnlyTensor(const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const TensorDict dict,
                         Open(LocalFileSystem(), path, {.access = Access::kRead}));
  if (dict.size() == 1) return dict.source(0);
  return Status(Reason::kArgument, "has " + std::to_string(dict.size()) + " tensors, not one")
      .AtPath(path);
}

// Whether the rules look for tensors by their names in an object graph.
bool NeedObjectNames(const NameRules& rules) {
  return !rules.select.empty() || !rules.exclude.empty() || !rules.rename_map.empty() ||
         !rules.renamings.empty() || !rules.substitutions.empty() || rules.names != NameStyle::kKey;
}

// An object graph that cannot be read is a warning, and every tensor then has its key alone.
ObjectNames ReadNamesOrWarn(const TensorDict& dict, Remarks& remarks) {
  auto names = ReadObjectNames(dict);
  if (names.ok()) return *std::move(names);
  remarks.push_back(
      {.is_warning = true,
       .text = "the object graph cannot be read: " + std::string(names.status().message())});
  return {};
}

// Names in an npz file end in ":0", as tensorpack's program writes them.
void NameAsTensorpackDoes(MakingPlan& plan) {
  if (!plan.taken.has_variable_names || plan.target == nullptr || plan.target->save_name != "npz")
    return;
  for (RenamedTensor& tensor : plan.names) tensor.name = TensorName(tensor.name);
  std::ranges::sort(plan.names, {}, &RenamedTensor::name);
}

Status NameTensors(NameRules rules, MakingPlan& plan, Remarks& remarks) {
  const TensorDict& taken = plan.taken.dict;
  if (NeedObjectNames(rules)) plan.object_names = ReadNamesOrWarn(taken, remarks);
  rules.object_names = &plan.object_names;
  CAIRN_ASSIGN_OR_RETURN(plan.names, PlanNames(taken, rules, &plan.unmatched));
  CAIRN_RETURN_IF_ERROR(PlanObjectGraph(taken, rules, plan.names));
  NameAsTensorpackDoes(plan);
  std::vector<bool> is_named(taken.size());
  for (const RenamedTensor& tensor : plan.names) is_named[tensor.source] = true;
  for (size_t i = 0; i < taken.size(); ++i) {
    if (!is_named[i]) plan.unselected.emplace_back(taken.name(i));
  }
  plan.dict = RenamedDict(taken, plan.names);
  return {};
}

}  // namespace

uint64_t NbytesOf(const TensorDict& dict) {
  uint64_t total = 0;
  for (const TensorInfo& tensor : dict) total += tensor.nbytes;
  return total;
}

uint64_t MakingPlan::nbytes_before() const {
  uint64_t total = 0;
  for (const Opened& source : sources) total += NbytesOf(source.dict);
  return total;
}

std::optional<std::string_view> MakingPlan::NameBefore(std::string_view name) const {
  const auto found = std::ranges::lower_bound(names, name, {}, &RenamedTensor::name);
  if (found == names.end() || found->name != name) return std::nullopt;
  if (taken.origins.empty()) return taken.dict.name(found->source);
  const std::optional<std::string>& origin = taken.origins[found->source];
  return origin ? std::optional<std::string_view>(*origin) : std::nullopt;
}

Status ChangeTensors(const Recipe& changes, std::string_view path, MakingPlan& plan,
                     Remarks& remarks) {
  CAIRN_ASSIGN_OR_RETURN(NameRules rules, ParseNameRules(changes.names));
  CAIRN_RETURN_IF_ERROR(NameTensors(std::move(rules), plan, remarks).AtPath(path));
  CAIRN_ASSIGN_OR_RETURN(plan.dict,
                         EditTensors(plan.dict, changes, OpenOnlyTensor, &plan.casts).AtPath(path));
  return {};
}

MakingPlan ContinuePlan(const MakingPlan& before) {
  MakingPlan plan;
  plan.sources = before.sources;
  plan.casts = before.casts;
  plan.taken = before.taken;
  plan.taken.dict = before.dict;
  plan.taken.origins.clear();
  for (const TensorInfo& info : before.dict) {
    const auto name = before.NameBefore(info.name);
    plan.taken.origins.push_back(name ? std::optional<std::string>(*name) : std::nullopt);
  }
  for (const std::string& name : before.unselected)
    plan.taken.dropped.push_back({name, "is not selected"});
  return plan;
}

}  // namespace cairn
