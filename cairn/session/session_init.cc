#include "cairn/session/session_init.h"

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/core/escape.h"

namespace cairn {
namespace {

// "conv1/W: 3 of 1000 elements were too great for the dtype and became infinite", for the tensor
// that lost most.
void WarnOfLosses(const std::vector<CastLoss>& losses, RestorePlan& plan) {
  for (const CastLoss& loss : losses) {
    if (loss.num_overflowed == 0) continue;
    plan.warnings.push_back("cast of " + Quoted(loss.name) + ": " +
                            std::to_string(loss.num_overflowed) + " of " +
                            std::to_string(loss.num_elements) +
                            " elements are too great for the dtype of the variable");
  }
}

}  // namespace

Result<RestorePlan> SessionInit::Plan(const Session& session) const {
  CAIRN_ASSIGN_OR_RETURN(std::vector<RestoreSource> sources, Sources());
  return MakePlan(session, std::move(sources));
}

Result<RestorePlan> SessionInit::Init(Session& session, const TransferOptions& options) const {
  CAIRN_ASSIGN_OR_RETURN(RestorePlan plan, Plan(session));
  std::vector<CastLoss> losses;
  CAIRN_RETURN_IF_ERROR(Apply(session, plan, options, &losses));
  WarnOfLosses(losses, plan);
  return plan;
}

Result<std::vector<RestoreSource>> SaverRestore::Sources() const {
  CAIRN_ASSIGN_OR_RETURN(const Opened opened, OpenResolved(fs_, path_, options_));
  RestoreSource source{
      .dict = opened.dict, .rules = rules_, .name = opened.path, .note = opened.note};
  CAIRN_ASSIGN_OR_RETURN(source, WithNames(std::move(source)).In(Escape(opened.path)));
  return std::vector<RestoreSource>{std::move(source)};
}

SaverRestoreRelaxed::SaverRestoreRelaxed(FileSystem& fs, std::string path, RestoreRules rules,
                                         OpenOptions options)
    : SaverRestore(fs, std::move(path), RelaxedRules(std::move(rules)), options) {}

RestoreRules SaverRestoreRelaxed::RelaxedRules(RestoreRules rules) {
  rules.relaxed = true;
  rules.mismatched_shape = Policy::kWarn;
  rules.shared = rules.nothing = Policy::kIgnore;
  return rules;
}

DictRestore::DictRestore(TensorDict dict, RestoreRules rules, std::string name)
    : source_{.dict = std::move(dict), .rules = std::move(rules), .name = std::move(name)} {}

RestoreRules DictRestore::DictRules(bool ignore_mismatch) {
  RestoreRules rules{.origin = Origin::kDict, .relaxed = true};
  rules.mismatched_shape = ignore_mismatch ? Policy::kWarn : Policy::kError;
  rules.shared = rules.nothing = Policy::kIgnore;
  return rules;
}

Result<std::vector<RestoreSource>> DictRestore::Sources() const {
  CAIRN_ASSIGN_OR_RETURN(RestoreSource source, WithNames(source_));
  return std::vector<RestoreSource>{std::move(source)};
}

Result<std::vector<RestoreSource>> ChainInit::Sources() const {
  std::vector<RestoreSource> all;
  for (const auto& member : members_) {
    if (member == nullptr) return Status(Reason::kArgument, "a member of the chain is null");
    CAIRN_ASSIGN_OR_RETURN(std::vector<RestoreSource> sources, member->Sources());
    std::ranges::move(sources, std::back_inserter(all));
  }
  return all;
}

}  // namespace cairn
