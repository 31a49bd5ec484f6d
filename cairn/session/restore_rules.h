// Rules for names and values that do not agree in a restore. The defaults are the rules of
// tensorpack's SaverRestore.
#ifndef CAIRN_SESSION_RESTORE_RULES_H_
#define CAIRN_SESSION_RESTORE_RULES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/core/status.h"
#include "cairn/core/tensor_dict.h"
#include "cairn/transform/name_rules.h"
#include "cairn/transform/recipe.h"

namespace cairn {

// Says what becomes of a class of variables or entries: the plan cannot be applied, a warning names
// them, or nothing is said. Variables that are not an error keep their values.
enum class Policy : uint8_t { kError, kWarn, kIgnore };

// The kind of source that the entries come from. It chooses the words of messages, and what their
// warnings list, as tensorpack does: for a checkpoint missing names in order of creation, and no
// training state; for a dict missing names sorted, and training state that only the dict has.
enum class Origin : uint8_t { kCheckpoint, kDict };

// Returns "checkpoint" or "dict".
CAIRN_EXPORT std::string_view Name(Origin origin);

struct CAIRN_EXPORT RestoreRules {
  // Variables that begin with `prefix/` are looked up without it, all others by their own name.
  std::string prefix = {};
  // Entries that are not used even if they match, by their name in the checkpoint, with or without
  // ":0".
  std::vector<std::string> ignore = {};
  Origin origin = Origin::kCheckpoint;
  // Whether a matched entry without a checksum makes the plan unacceptable.
  bool require_checksums = false;

  // More entries that are not used: patterns, as in `names`.
  std::vector<std::string> ignore_patterns = {};
  // Selects and renames entries before they are matched, as the options of `cairn convert` do.
  NameRulesText names = {};
  // Entries whose rows (indexes of the first dimension) belong to words. A variable that matches
  // one takes each row that its own list of words has, too; its other rows keep their values.
  std::vector<RowsText> rows = {};

  // Whether every value is verified before the first variable is assigned, where the session's
  // buffers are its variables: damage leaves all as they were. If not, each value is verified while
  // it is assigned, which takes about half the time; damage is an error all the same, but leaves
  // some variables assigned. For programs that end on such an error.
  bool verify_first = true;

  // Whether a value may be given another shape and dtype: the same elements in another shape, any
  // float as any float, an integer where its range lies in that of the variable. Such changes are
  // warned of.
  bool relaxed = false;

  Policy missing = Policy::kWarn;     // variables that no source has
  Policy unexpected = Policy::kWarn;  // entries that no variable asks for
  // Names of either kind that look like the state of an optimizer.
  Policy training_state = Policy::kIgnore;
  // Values of another shape; if `relaxed`, of another number of elements.
  Policy mismatched_shape = Policy::kError;
  // Values whose dtype cannot become that of the variable.
  Policy mismatched_dtype = Policy::kError;
  Policy shared = Policy::kError;   // several variables for one entry; if not an error, all get it
  Policy nothing = Policy::kError;  // a source that gives no variable its value
};

// Rules that load whatever fits, and warn of everything else.
CAIRN_EXPORT RestoreRules WhatFits(RestoreRules rules = {});

// A dict whose entries are restored by rules.
struct RestoreSource {
  TensorDict dict;
  RestoreRules rules = {};
  std::string name = {};  // the path of a checkpoint; empty for a dict of the program
  std::string note = {};  // says which checkpoint was taken, where that is not plain from the path
  // The names of the entries before `rules.names` renamed them; empty if no rule did.
  std::vector<std::string> stored_names = {};
  // Says of each of these rules that had no effect that it matches nothing.
  std::vector<std::string> useless_names = {};
};

// Applies `rules.names` of a source to its dict. Errors: those of Rename.
CAIRN_EXPORT Result<RestoreSource> WithNames(RestoreSource source);

}  // namespace cairn

#endif  // CAIRN_SESSION_RESTORE_RULES_H_
