// Decides whether a restore plan can be applied.
#ifndef CAIRN_SESSION_JUDGE_PLAN_H_
#define CAIRN_SESSION_JUDGE_PLAN_H_

#include <span>

#include "cairn/session/match_source.h"

namespace cairn {

// Returns RestorePlan::acceptable of a plan whose items are made; `matches` are those of its
// sources.
Status JudgePlan(const RestorePlan& plan, std::span<const SourceMatch> matches);

}  // namespace cairn

#endif  // CAIRN_SESSION_JUDGE_PLAN_H_
