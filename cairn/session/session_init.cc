#include "cairn/session/session_init.h"

#include "cairn/checkpoint/checkpoint.h"

namespace cairn {

Result<RestorePlan> SessionInit::Init(Session& session, const TransferOptions& options) const {
  CAIRN_ASSIGN_OR_RETURN(RestorePlan plan, Plan(session));
  CAIRN_RETURN_IF_ERROR(Apply(session, plan, options));
  return plan;
}

Result<RestorePlan> SaverRestore::Plan(const Session& session) const {
  CAIRN_ASSIGN_OR_RETURN(const Opened opened, OpenResolved(fs_, path_, options_));
  RestorePlan plan = MakePlan(session, opened.dict, rules_);
  plan.note = opened.note;
  plan.acceptable = plan.acceptable.In(opened.path);
  return plan;
}

Result<RestorePlan> DictRestore::Plan(const Session& session) const {
  return MakePlan(session, dict_, {.origin = Origin::kDict});
}

}  // namespace cairn
