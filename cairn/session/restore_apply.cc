#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/session/restore_plan.h"
#include "cairn/transfer/check_all.h"
#include "cairn/transfer/read_all.h"

namespace cairn {
namespace {

// The matched items of a plan, side by side.
struct Loads {
  std::vector<NewValue> values;
  std::vector<std::shared_ptr<const TensorSource>> sources;
  std::vector<std::string_view> names;  // of the entries; views of the plan's dict
};

Status CheckPlanIsFor(const Session& session, const RestoreItem& item) {
  const std::span<const Variable> variables = session.variables();
  if (*item.variable < variables.size() && variables[*item.variable].name == item.name) return {};
  return Status(Reason::kArgument, "the plan was made for another session: variable " +
                                       std::to_string(*item.variable) + " is not " +
                                       Quoted(item.name));
}

Result<Loads> OpenSources(const Session& session, const RestorePlan& plan) {
  Loads loads;
  for (const RestoreItem& item : plan.items) {
    if (item.match != Match::kMatched) continue;
    CAIRN_RETURN_IF_ERROR(CheckPlanIsFor(session, item));
    CAIRN_ASSIGN_OR_RETURN(auto source, plan.dict.source(*item.entry));
    const std::span<const int64_t> dims = source->shape().dims();
    loads.values.push_back({*item.variable, {dims.begin(), dims.end()}});
    loads.sources.push_back(std::move(source));
    loads.names.push_back(plan.dict.name(*item.entry));
  }
  return loads;
}

// The first that is not sound, with how many others are not.
Status VerifyAll(const Loads& loads, const TransferOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const std::vector<Checked> checked, CheckAll(loads.sources, options));
  const auto first = std::ranges::find_if(checked, [](const Checked& c) { return !c.error.ok(); });
  if (first == checked.end()) return {};
  const auto others = std::ranges::count_if(first + 1, checked.end(),
                                            [](const Checked& c) { return !c.error.ok(); });
  const Status error = first->error.InTensor(loads.names[first - checked.begin()]);
  if (others == 0) return error;
  return error.WithHint(std::to_string(others) + " more of the tensors wanted cannot be read");
}

Status ReadNumbers(const Loads& loads, Assignment& assignment, const TransferOptions& options) {
  std::vector<ReadJob> jobs;
  std::vector<std::string_view> names;
  for (size_t i = 0; i < loads.sources.size(); ++i) {
    if (loads.sources[i]->dtype() == DType::kString) continue;
    jobs.push_back({loads.sources[i], assignment.buffer(i)});
    names.push_back(loads.names[i]);
  }
  return ReadAll(jobs, options, names);
}

Status ReadStrings(const Loads& loads, Assignment& assignment) {
  for (size_t i = 0; i < loads.sources.size(); ++i) {
    if (loads.sources[i]->dtype() != DType::kString) continue;
    CAIRN_ASSIGN_OR_RETURN(StringTensor value,
                           loads.sources[i]->ReadStrings().InTensor(loads.names[i]));
    assignment.SetStrings(i, std::move(value));
  }
  return {};
}

}  // namespace

Status Apply(Session& session, const RestorePlan& plan, const TransferOptions& options) {
  CAIRN_RETURN_IF_ERROR(plan.acceptable);
  CAIRN_ASSIGN_OR_RETURN(const Loads loads, OpenSources(session, plan));
  if (options.verify) CAIRN_RETURN_IF_ERROR(VerifyAll(loads, options));
  CAIRN_ASSIGN_OR_RETURN(const auto assignment, session.Begin(loads.values));
  CAIRN_RETURN_IF_ERROR(ReadStrings(loads, *assignment));
  CAIRN_RETURN_IF_ERROR(ReadNumbers(loads, *assignment, options));
  return assignment->Commit();
}

}  // namespace cairn
