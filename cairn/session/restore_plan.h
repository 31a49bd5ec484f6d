// What a restore will do, as a value: made without reading tensor data, shown to people, walked by
// programs, then applied.
//
// Names are matched exactly. `w` and `w:0` in a checkpoint are the same variable; where both are
// there, `w:0` is used.
#ifndef CAIRN_SESSION_RESTORE_PLAN_H_
#define CAIRN_SESSION_RESTORE_PLAN_H_

#include "cairn/session/session.h"
#include "cairn/transfer/transfer.h"

namespace cairn {

enum class Match : uint8_t {
  kMatched,     // will be assigned
  kMissing,     // in the session, not in the checkpoint: keeps its value
  kUnexpected,  // in the checkpoint only
  kIgnored,  // in the checkpoint, left alone: named by `ignore`, bookkeeping, or `w` beside `w:0`
  kMismatched,  // same name, other dtype or shape: stops the plan
};

// "matched", …
std::string_view Name(Match match);

struct RestoreItem {
  Match match = Match::kMatched;
  std::optional<VariableId> variable;  // absent: kUnexpected, and kIgnored without a counterpart
  std::optional<size_t> entry;         // position in the dict; absent: kMissing
  std::string name;    // of the variable, or of the entry where there is no variable
  std::string detail;  // "float32[3] in the checkpoint, float32[4] in the session"
};

// What the entries come from. It chooses the words of messages, and where tensorpack's rules
// differ:
//   kCheckpoint  nothing to restore is an error; missing names are warned of in order of creation;
//                training state is left out of both warnings
//   kDict        nothing to restore is no error; missing names are sorted; training state that only
//                the dict has is warned of
enum class Origin : uint8_t { kCheckpoint, kDict };

// "checkpoint", "dict".
std::string_view Name(Origin origin);

struct RestoreRules {
  // Variables that begin with `prefix/` are looked up without it, all others by their own name.
  std::string prefix = {};
  // Entries, by their name in the checkpoint (with or without ":0"), that are left alone even where
  // they match.
  std::vector<std::string> ignore = {};
  Origin origin = Origin::kCheckpoint;
};

struct RestorePlan {
  TensorDict dict;
  // Every variable that is not local, in order of creation, then the entries that none of them
  // asked for, in order of the dict. An entry is in one item, unless two variables want it.
  std::vector<RestoreItem> items;
  // One line each: names on one side only (`ignore`d entries are among them, bookkeeping is not),
  // and what of the rules matched nothing.
  std::vector<std::string> warnings;
  // How the path that was given was understood, where that needs saying.
  std::string note;

  // OK when it can be applied. Errors: kMismatch (two variables want one entry, or all of
  // them in one message), kMissing (nothing to restore).
  Status acceptable;

  size_t Count(Match match) const;
  // For people: one line an item, the counts, the warnings, the error.
  std::string ToString() const;
};

// Local variables are left out: they are neither restored nor missed.
RestorePlan MakePlan(const Session& session, const TensorDict& dict,
                     const RestoreRules& rules = {});

// Assigns all matched variables of the session that the plan was made for. Every source is verified
// before the first one is assigned, so damage found in the checkpoint leaves the session as it was;
// with `verify = false` nothing is read ahead, and what then fails may leave it half assigned.
// Errors: the plan's own; kArgument (a plan of another session); kCrc and what else reading meets.
Status Apply(Session& session, const RestorePlan& plan, const TransferOptions& options = {});

}  // namespace cairn

#endif  // CAIRN_SESSION_RESTORE_PLAN_H_
