// What a restore will do, as a value: made without reading tensor data, shown to people, walked by
// programs, then applied.
#ifndef CAIRN_SESSION_RESTORE_PLAN_H_
#define CAIRN_SESSION_RESTORE_PLAN_H_

#include "cairn/io/transfer.h"
#include "cairn/session/session.h"

namespace cairn {

enum class Match : uint8_t {
  kMatched,     // will be assigned
  kMissing,     // in the session, not in the checkpoint: keeps its value
  kUnexpected,  // in the checkpoint only
  kIgnored,     // in both, left alone because the rules say so
  kMismatched,  // same name, other dtype or shape: stops the plan
};

struct PlanItem {
  Match match = Match::kMatched;
  std::optional<VariableId> variable;  // absent: kUnexpected
  std::optional<size_t> entry;         // position in the dict; absent: kMissing
  std::string name;    // of the variable, or of the entry where there is no variable
  std::string detail;  // "float32[3] in the checkpoint, float32[4] in the session"
};

struct RestoreRules {
  // Variables that begin with `prefix/` are looked up without it, all others by their own name.
  std::string prefix;
  // Entries, by their name in the checkpoint (with or without ":0"), that are left alone even where
  // they match.
  std::vector<std::string> ignore;
};

struct RestorePlan {
  TensorDict dict;
  std::vector<PlanItem> items;  // variables in order of creation, then unexpected entries sorted
  std::vector<std::string>
      warnings;  // one line each: names on one side only, `ignore` that matched nothing

  // OK when it can be applied. Errors: kMismatch (all of them in one message), kMissing (nothing to
  // restore), kDuplicate (two variables want one entry).
  Status acceptable;

  std::string ToString() const;  // for people, one line an item
};

RestorePlan MakePlan(const Session& session, const TensorDict& dict,
                     const RestoreRules& rules = {});

// Assigns all matched variables. Every source is verified before the first one is assigned, so
// damage found in the checkpoint leaves the session as it was. Errors: the plan's own; kCrc and
// what else reading meets.
Status Apply(Session& session, const RestorePlan& plan, const TransferOptions& options = {});

}  // namespace cairn

#endif  // CAIRN_SESSION_RESTORE_PLAN_H_
