#include "cairn/session/session_init.h"

#include "cairn/checkpoint/checkpoint.h"

namespace cairn {

Result<RestorePlan> SessionInit::Init(Session& session, const TransferOptions& options) const {
  CAIRN_ASSIGN_OR_RETURN(RestorePlan plan, Plan(session));
  CAIRN_RETURN_IF_ERROR(Apply(session, plan, options));
  return plan;
}

Result<RestorePlan> SaverRestore::Plan(const Session& session) const {
  CAIRN_ASSIGN_OR_RETURN(const Resolved resolved, Resolve(fs_, path_));
  CAIRN_ASSIGN_OR_RETURN(const TensorDict dict,
                         resolved.format->open(fs_, resolved.path, options_));
  RestorePlan plan = MakePlan(session, dict, rules_);
  plan.note = resolved.note;
  plan.acceptable = plan.acceptable.In(resolved.path);
  return plan;
}

Result<RestorePlan> DictRestore::Plan(const Session& session) const {
  return MakePlan(session, dict_, {.origin = Origin::kDict});
}

}  // namespace cairn
