// Selects tensors of a dict by name, and renames them.
#ifndef CAIRN_TRANSFORM_NAME_RULES_H_
#define CAIRN_TRANSFORM_NAME_RULES_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/core/tensor_dict.h"
#include "cairn/graph/object_names.h"
#include "cairn/transform/name_pattern.h"

namespace cairn {

// Renames one tensor, or replaces a prefix of every name that begins with it. A side is a prefix if
// it ends in '/' or is empty, and either both sides are prefixes or neither is:
//
//   {"fc/W", "head/W"}   renames the tensor fc/W
//   {"net/", "body/"}    makes body/fc/W of net/fc/W
//   {"net/", ""}         drops the prefix: makes fc/W of net/fc/W
//   {"", "net/"}         makes net/fc/W of fc/W, and so with every name
//
// The slots that an optimizer keeps for a tensor move with it: fc/W/Adam becomes head/W/Adam.
// Bookkeeping entries of TensorFlow and Cairn keep their names, unless one is named as a whole.
struct Renaming {
  std::string from;
  std::string to;
};
// Parses "OLD=NEW". Errors: kArgument (no '=', a prefix on one side only, nothing on either side).
CAIRN_EXPORT Result<Renaming> ParseRenaming(std::string_view text);

// Replaces the parts of names that a regular expression (RE2) matches. Immutable, cheap to copy.
class CAIRN_EXPORT Substitution {
 public:
  // Parses "s/RE2/NEW/", where any other character may stand for '/'. \1 to \9 in NEW are the
  // groups. A "g" at the end replaces every match instead of the first. Errors: kArgument.
  static Result<Substitution> Parse(std::string_view text);

  std::string Apply(std::string_view name) const;
  // The text that was parsed.
  const std::string& text() const;

 private:
  struct Compiled;
  explicit Substitution(std::shared_ptr<const Compiled> compiled)
      : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

// The rules are applied to each name in this order.
struct NameRules {
  // Takes the tensors that match one of `select`, or all if it is empty, and none of `exclude`.
  std::vector<NamePattern> select = {};
  std::vector<NamePattern> exclude = {};
  // New names by old ones, all at once: two tensors may change their names. An old name that no
  // tensor has is passed over.
  std::map<std::string, std::string, std::less<>> rename_map = {};
  std::vector<Renaming> renamings = {};
  std::vector<Substitution> substitutions = {};
  // The names by which tensors begin. A tensor without such a name begins with its key.
  NameStyle names = NameStyle::kKey;
  // The names in the object graph of a TF2 checkpoint, or null. Patterns match all names of a
  // tensor. A renaming or substitution that fits no tensor's present name is applied to their keys,
  // else to their paths, else to their full names. Borrowed.
  const ObjectNames* object_names = nullptr;
};

// The same rules as text, in the syntax of the options of `cairn convert`.
struct NameRulesText {
  std::vector<std::string> select = {};         // patterns: "net/**"
  std::vector<std::string> exclude = {};        // patterns: "**/Adam*"
  std::vector<std::string> rename_map = {};     // "OLD\tNEW"
  std::vector<std::string> rename = {};         // "OLD=NEW", "OLD/=NEW/", "OLD/="
  std::vector<std::string> substitute = {};     // "s/RE2/NEW/"
  PatternSyntax syntax = PatternSyntax::kGlob;  // applies to select and exclude
  NameStyle names = NameStyle::kKey;
};
// Errors: kArgument; the message shows the text that is wrong.
CAIRN_EXPORT Result<NameRules> ParseNameRules(const NameRulesText& text);

// The new name of a tensor, and where the tensor comes from.
struct RenamedTensor {
  std::string name;
  size_t source = 0;  // the position in the dict before
};

// The texts of rules that have no effect, usually because of a typing error.
struct UnmatchedRules {
  std::vector<std::string> select;         // patterns that match no tensor
  std::vector<std::string> exclude;        // patterns that match no tensor
  std::vector<std::string> rename_map;     // old names that no tensor has
  std::vector<std::string> substitutions;  // those that change no name
};

// Returns the selected tensors in the order of their new names, and fills `unmatched` unless it is
// null. The old name of a renaming may be written as Escape shows it. Errors: kArgument (a renaming
// that breaks the rule above or names several tensors, or two tensors that would get one name; the
// message has their keys),
// kMissing (a renaming that matches no tensor; the hint has the nearest names).
CAIRN_EXPORT Result<std::vector<RenamedTensor>> PlanNames(const TensorDict& dict,
                                                          const NameRules& rules,
                                                          UnmatchedRules* unmatched = nullptr);

// Returns the tensors of a plan under their new names. The sources are those of `dict`: no value is
// read or copied. An object graph among them is rewritten when it is asked for, so that it names
// the tensors of the plan by their new names; if it cannot be, its source is that error.
CAIRN_EXPORT TensorDict RenamedDict(const TensorDict& dict, std::vector<RenamedTensor> plan);

// Parses the rules, plans and renames in one step, with the names in the object graph if there is
// one that can be read. The object graph of a TF2 checkpoint stays as
// long as one of its tensors does, unless a pattern excludes it. Errors: those of ParseNameRules
// and PlanNames; those of reading an object graph of which tensors are left out.
CAIRN_EXPORT Result<TensorDict> Rename(const TensorDict& dict, const NameRulesText& rules);

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_NAME_RULES_H_
