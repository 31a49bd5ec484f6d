#include <algorithm>

#include "cairn/session/restore_loads.h"
#include "cairn/session/restore_plan.h"
#include "cairn/transfer/check_all.h"
#include "cairn/transfer/read_all.h"

namespace cairn {
namespace {

// The first that is not sound, with how many others are not.
Status VerifyStored(const RestoreLoads& loads, bool fills_in_place,
                    const TransferOptions& options) {
  std::vector<std::shared_ptr<const TensorSource>> sources;
  std::vector<std::string_view> names;
  for (const StoredValue& stored : loads.stored) {
    const bool is_wanted = fills_in_place && stored.is_verified_first;
    if (!is_wanted && !stored.is_read_in_parts) continue;
    sources.push_back(stored.source);
    names.push_back(stored.entry);
  }
  CAIRN_ASSIGN_OR_RETURN(const std::vector<Checked> checked, CheckAll(sources, options));
  const auto first = std::ranges::find_if(checked, [](const Checked& c) { return !c.error.ok(); });
  if (first == checked.end()) return {};
  const auto others = std::ranges::count_if(first + 1, checked.end(),
                                            [](const Checked& c) { return !c.error.ok(); });
  const Status error = first->error.InTensor(names[first - checked.begin()]);
  if (others == 0) return error;
  return error.WithHint(std::to_string(others) + " more of the tensors wanted cannot be read");
}

Status ReadNumbers(const std::vector<RestoreLoad>& loads, Assignment& assignment,
                   const TransferOptions& options) {
  std::vector<ReadJob> jobs;
  std::vector<std::string_view> names;
  for (size_t i = 0; i < loads.size(); ++i) {
    if (loads[i].source->dtype() == DType::kString) continue;
    jobs.push_back({loads[i].source, assignment.buffer(i)});
    names.push_back(loads[i].entry);
  }
  return ReadAll(jobs, options, names);
}

Status ReadStrings(const std::vector<RestoreLoad>& loads, Assignment& assignment) {
  for (size_t i = 0; i < loads.size(); ++i) {
    if (loads[i].source->dtype() != DType::kString) continue;
    CAIRN_ASSIGN_OR_RETURN(StringTensor value,
                           loads[i].source->ReadStrings().InTensor(loads[i].entry));
    assignment.SetStrings(i, std::move(value));
  }
  return {};
}

void CollectLosses(const std::vector<RestoreLoad>& loads, std::vector<CastLoss>* losses) {
  if (losses == nullptr) return;
  losses->clear();
  for (const RestoreLoad& load : loads) {
    if (load.losses == nullptr) continue;
    const CastCounts counts = load.losses->counts();
    if (counts == CastCounts()) continue;
    losses->push_back({std::string(load.entry), load.source->shape().num_elements(),
                       counts.num_overflowed, counts.num_zeroed, counts.num_truncated});
  }
}

}  // namespace

Status Apply(Session& session, const RestorePlan& plan, const TransferOptions& options,
             std::vector<CastLoss>* losses) {
  CAIRN_RETURN_IF_ERROR(plan.acceptable);
  CAIRN_ASSIGN_OR_RETURN(const RestoreLoads made, MakeLoads(session, plan));
  const std::vector<RestoreLoad>& loads = made.loads;
  std::vector<NewValue> values;
  for (const RestoreLoad& load : loads) values.push_back(load.value);
  CAIRN_ASSIGN_OR_RETURN(const auto assignment, session.Begin(values));
  if (options.verify)
    CAIRN_RETURN_IF_ERROR(VerifyStored(made, assignment->fills_in_place(), options));
  CAIRN_RETURN_IF_ERROR(ReadStrings(loads, *assignment));
  CAIRN_RETURN_IF_ERROR(ReadNumbers(loads, *assignment, options));
  CAIRN_RETURN_IF_ERROR(assignment->Commit());
  CollectLosses(loads, losses);
  return {};
}

}  // namespace cairn
