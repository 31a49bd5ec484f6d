#include "cairn/making/taken_tensors.h"

#include <algorithm>
#include <iterator>

#include "cairn/core/list_names.h"
#include "cairn/transform/combine_dicts.h"

namespace cairn {

std::vector<TensorDict> DictsOf(const std::vector<Opened>& sources) {
  std::vector<TensorDict> dicts;
  for (const Opened& source : sources) dicts.push_back(source.dict);
  return dicts;
}

void Keep(PrunePlan plan, TakenTensors& taken) {
  std::vector<std::optional<std::string>> origins;
  for (const KeptTensor& tensor : plan.kept) {
    const size_t i = tensor.value;
    origins.push_back(taken.origins.empty() ? std::string(taken.dict.name(i)) : taken.origins[i]);
  }
  taken.dict = PrunedDict(taken.dict, plan);
  taken.origins = std::move(origins);
  taken.has_variable_names = plan.has_variable_names;
  std::ranges::move(plan.dropped, std::back_inserter(taken.dropped));
  std::ranges::move(plan.notes, std::back_inserter(taken.notes));
}

TakenTensors TakeMerged(const std::vector<Opened>& sources) {
  std::vector<HiddenTensor> hidden;
  TakenTensors taken{.dict = MergeDicts(DictsOf(sources), &hidden)};
  std::vector<std::string> names;
  for (const HiddenTensor& tensor : hidden) names.push_back(tensor.name);
  if (!names.empty())
    taken.notes.push_back(ListNames("taken from the last source that has them:", names));
  return taken;
}

}  // namespace cairn
