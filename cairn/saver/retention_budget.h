// The last rule of retention: a budget of bytes.
#ifndef CAIRN_SAVER_RETENTION_BUDGET_H_
#define CAIRN_SAVER_RETENTION_BUDGET_H_

#include <functional>
#include <vector>

#include "cairn/core/status.h"
#include "cairn/saver/retention_candidate.h"

namespace cairn {

// The bytes of all candidates that stay; UINT64_MAX where they are more.
uint64_t NbytesKept(const std::vector<RetentionCandidate>& candidates);

// Drops candidates, the least important first, until those that stay have at most `nbytes`.
// One that is kLastGood is never dropped. `judge` returns whether a checkpoint verifies; it is
// asked only if the budget is exceeded, and only for those that stay. Damaged ones go first.
void FitBudget(uint64_t nbytes, const std::string& reason,
               const std::function<Status(const RetentionCandidate&)>& judge,
               std::vector<RetentionCandidate>& candidates);

}  // namespace cairn

#endif  // CAIRN_SAVER_RETENTION_BUDGET_H_
