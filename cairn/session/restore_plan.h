// The plan of a restore. It is made without reading tensor data; people and programs can look at it
// before it is applied.
//
// Names are matched exactly. `w` and `w:0` in a checkpoint are the same variable; if it has both,
// `w:0` is used. A partitioned variable, `emb/part_0` and so on, also takes its part of an entry
// `emb`, and a variable `emb` the entries `emb/part_0` and so on.
#ifndef CAIRN_SESSION_RESTORE_PLAN_H_
#define CAIRN_SESSION_RESTORE_PLAN_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/box.h"
#include "cairn/core/export.h"
#include "cairn/session/restore_rules.h"
#include "cairn/session/session.h"
#include "cairn/transfer/transfer.h"
#include "cairn/transform/cast_tensors.h"

namespace cairn {

enum class Match : uint8_t {
  kMatched,        // the variable gets the value as it is
  kCast,           // the variable gets the value in its own dtype; the shape may change, too
  kReshaped,       // the variable gets the same elements in its own shape
  kPartial,        // the variable gets some rows, and keeps the others
  kOverwritten,    // a later source gives the variable its value; this one is not read
  kMissing,        // no source has the variable, which keeps its value
  kUnexpected,     // no variable asks for the entry
  kTrainingState,  // missing or unexpected, and its name is like that of an optimizer's state
  kIgnored,        // the entry is not used: a rule names it, it is bookkeeping, or it is `w` beside
                   // `w:0`
  kMismatched,     // dtype or shape differ in a way that the rules do not allow
};

// Returns "matched", "missing" and so on.
CAIRN_EXPORT std::string_view Name(Match match);

// Whether a variable gets a value by such an item.
CAIRN_EXPORT bool Assigns(Match match);

struct RestoreItem {
  Match match = Match::kMatched;
  std::optional<VariableId> variable = {};  // absent if no variable asked for the entry
  size_t source = 0;                        // the position in RestorePlan::sources
  // The position in the dict of the source; absent if the variable is missing.
  std::optional<size_t> entry = {};
  std::string name = {};  // names the variable, or the entry if there is no variable
  uint64_t nbytes = 0;    // stored bytes to read for it
  // The nearest names of entries that no variable asked for; only of missing variables.
  std::vector<std::string> did_you_mean = {};
  std::string detail = {};  // "float32[3] in the checkpoint, float32[4] in the session"
  // Says of a mismatch whether the dtype does not fit. If not, the shape does not.
  bool is_wrong_dtype = false;

  // How the value is made of the entry; only of items that assign.
  //
  // The part of the entry that the variable is, if it is only a part.
  std::optional<Box> part = {};
  // The entries that the variable is joined from, in their order along `axis`; `entry` is the
  // first.
  std::vector<size_t> parts = {};
  size_t axis = 0;
  // For each row of the variable the row of the entry, or -1; empty: all rows, as they are.
  std::vector<int64_t> rows = {};
};

struct CAIRN_EXPORT RestorePlan {
  std::vector<RestoreSource> sources;
  // Has for every variable that is not local, in order of creation, the items that assign it (the
  // last is the one that counts), or one that says why none does; then one for every entry that no
  // variable asked for, source by source, in order of the dict.
  std::vector<RestoreItem> items;
  // Each is one line: names that only one side has (ignored entries included, bookkeeping not),
  // values that are changed or do not fit, and rules that matched no name.
  std::vector<std::string> warnings;

  // Success if the plan can be applied. Errors: kArgument (a rule that cannot be understood),
  // kMismatch (several variables ask for one entry, or dtypes or shapes differ; one message lists
  // every mismatch), kMissing (no variable would be assigned, or what a policy does not allow to be
  // missing), kNoChecksum.
  Status acceptable;

  size_t Count(Match match) const;
  // Returns how many stored bytes are read to apply it.
  uint64_t nbytes() const;
  // Returns the name of an item's entry as its checkpoint has it; "" if it has none.
  std::string_view EntryName(const RestoreItem& item) const;

  // Returns text for people: one line for each item, the counts, the warnings, the error. Names and
  // details are cut to `columns` columns; 0 cuts nothing.
  std::string ToString(size_t columns = 0) const;
  // Returns the same as one JSON object, as `cairn restore --plan --json` prints it.
  std::string ToJson() const;
};

// Makes the plan. Local variables are left out: they are neither restored nor missing. The second
// form takes several sources, each with its rules: for a variable that several of them have, the
// last counts, and the others are not read.
CAIRN_EXPORT RestorePlan MakePlan(const Session& session, const TensorDict& dict,
                                  const RestoreRules& rules = {});
CAIRN_EXPORT RestorePlan MakePlan(const Session& session, std::vector<RestoreSource> sources);

// Assigns all variables of the plan. The session must be the one that the plan was made for.
//
// Where the buffers of the session are its variables (MemorySession), every value is verified
// before the first is assigned, so damage leaves the session as it was; with `verify = false`, or
// RestoreRules::verify_first = false, nothing is read before, and an error may leave some variables
// assigned. Where they are not
// (TensorFlowSession), all values are read and verified before Commit, and only an error of Commit
// may leave some variables assigned.
//
// `losses`, unless it is null, gets what casts lost, by name of the entry. Errors:
// `plan.acceptable`; kArgument (a plan of another session); kCrc and other errors of reading; those
// of the session.
CAIRN_EXPORT Status Apply(Session& session, const RestorePlan& plan,
                          const TransferOptions& options = {},
                          std::vector<CastLoss>* losses = nullptr);

}  // namespace cairn

#endif  // CAIRN_SESSION_RESTORE_PLAN_H_
