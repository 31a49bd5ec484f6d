// The plan of a restore. It is made without reading tensor data; people and programs can look at it
// before it is applied.
//
// Names are matched exactly. `w` and `w:0` in a checkpoint are the same variable; if it has both,
// `w:0` is used.
#ifndef CAIRN_SESSION_RESTORE_PLAN_H_
#define CAIRN_SESSION_RESTORE_PLAN_H_

#include "cairn/core/export.h"
#include "cairn/session/session.h"
#include "cairn/transfer/transfer.h"

namespace cairn {

enum class Match : uint8_t {
  kMatched,     // the variable will be assigned
  kMissing,     // the checkpoint lacks the variable, which keeps its value
  kUnexpected,  // the session lacks the entry
  kIgnored,     // the entry is not used: `ignore` names it, it is bookkeeping, or it is `w` beside
                // `w:0`
  kMismatched,  // dtype or shape differ, so the plan cannot be applied
};

// Returns "matched", "missing" and so on.
CAIRN_EXPORT std::string_view Name(Match match);

struct RestoreItem {
  Match match = Match::kMatched;
  std::optional<VariableId> variable;  // absent if no variable asked for the entry
  std::optional<size_t> entry;         // the position in the dict; absent for kMissing
  std::string name;                    // names the variable, or the entry if there is no variable
  std::string detail;                  // "float32[3] in the checkpoint, float32[4] in the session"
};

// The kind of source that the entries come from. It chooses the words of messages, and one of two
// sets of rules, which tensorpack has:
//   kCheckpoint  a plan that assigns nothing is an error; the warning lists missing names in order
//                of creation; both warnings leave out training state
//   kDict        a plan that assigns nothing is acceptable; the warning lists missing names sorted;
//                the other warning includes training state
enum class Origin : uint8_t { kCheckpoint, kDict };

// Returns "checkpoint" or "dict".
CAIRN_EXPORT std::string_view Name(Origin origin);

struct RestoreRules {
  // Variables that begin with `prefix/` are looked up without it, all others by their own name.
  std::string prefix = {};
  // Entries that are not used even if they match, by their name in the checkpoint, with or without
  // ":0".
  std::vector<std::string> ignore = {};
  Origin origin = Origin::kCheckpoint;
  // Whether a matched entry without a checksum makes the plan unacceptable.
  bool require_checksums = false;
};

struct CAIRN_EXPORT RestorePlan {
  TensorDict dict;
  // Has an item for every variable that is not local, in order of creation, then one for every
  // entry that no variable asked for, in order of the dict. An entry is in one item, unless two
  // variables ask for it.
  std::vector<RestoreItem> items;
  // Each is one line: names that only one side has (ignored entries included, bookkeeping not), and
  // rules that matched no name.
  std::vector<std::string> warnings;
  // Says which checkpoint was taken, where that is not plain from the path.
  std::string note;

  // Success if the plan can be applied. Errors: kMismatch (two variables ask for one entry, or
  // dtypes or shapes differ; one message lists every mismatch), kMissing (no variable would be
  // assigned), kNoChecksum.
  Status acceptable;

  size_t Count(Match match) const;
  // Returns text for people: one line for each item, the counts, the warnings, the error.
  std::string ToString() const;
};

// Makes the plan. Local variables are left out: they are neither restored nor missing.
CAIRN_EXPORT RestorePlan MakePlan(const Session& session, const TensorDict& dict,
                                  const RestoreRules& rules = {});

// Assigns all matched variables. The session must be the one that the plan was made for. Every
// source is verified before the first variable is assigned, so damage leaves the session as it was.
// With `verify = false` no source is read before, and an error may leave some variables assigned.
// Errors: `plan.acceptable`; kArgument (a plan of another session); kCrc and other errors of
// reading.
CAIRN_EXPORT Status Apply(Session& session, const RestorePlan& plan,
                          const TransferOptions& options = {});

}  // namespace cairn

#endif  // CAIRN_SESSION_RESTORE_PLAN_H_
