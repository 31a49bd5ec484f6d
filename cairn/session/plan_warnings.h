// Makes the warnings about a restore plan, in sentences.
#ifndef CAIRN_SESSION_PLAN_WARNINGS_H_
#define CAIRN_SESSION_PLAN_WARNINGS_H_

#include "cairn/session/match_source.h"

namespace cairn {

// Returns what RestorePlan::warnings has of one source.
std::vector<std::string> PlanWarnings(const SourceMatch& match, const RestoreSource& source);

}  // namespace cairn

#endif  // CAIRN_SESSION_PLAN_WARNINGS_H_
