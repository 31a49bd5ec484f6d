// Matches the variables of a session with the entries of one source.
#ifndef CAIRN_SESSION_MATCH_SOURCE_H_
#define CAIRN_SESSION_MATCH_SOURCE_H_

#include <set>
#include <span>
#include <string>
#include <vector>

#include "cairn/session/restore_plan.h"

namespace cairn {

struct SourceMatch {
  // One for each variable that is not local, in order of creation.
  std::vector<RestoreItem> variables;
  // One for each entry that no variable asked for, in order of the dict.
  std::vector<RestoreItem> left_over;
  // Each says which two variables want one entry.
  std::vector<std::string> conflicts;
  // Positions of entries that rules leave out.
  std::set<size_t> ignored;
  // Texts of rules that matched nothing, each as a warning.
  std::vector<std::string> useless_rules;
};

// `position` is that of the source in the plan. Errors: kArgument (a rule that cannot be
// understood).
Result<SourceMatch> MatchSource(std::span<const Variable> variables, const RestoreSource& source,
                                size_t position);

}  // namespace cairn

#endif  // CAIRN_SESSION_MATCH_SOURCE_H_
