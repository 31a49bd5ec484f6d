// Makes the warnings about a restore plan, in sentences.
#ifndef CAIRN_SESSION_PLAN_WARNINGS_H_
#define CAIRN_SESSION_PLAN_WARNINGS_H_

#include "cairn/session/restore_plan.h"

namespace cairn {

// The entry that a variable of this name is restored from: `name:0` before `name`.
std::optional<size_t> FindEntry(const TensorDict& dict, std::string_view name);

// RestorePlan::warnings for the items of a plan.
std::vector<std::string> PlanWarnings(std::span<const RestoreItem> items, const TensorDict& dict,
                                      const RestoreRules& rules);

}  // namespace cairn

#endif  // CAIRN_SESSION_PLAN_WARNINGS_H_
