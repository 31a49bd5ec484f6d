// Which tensors of a dict are taken, and what they are called then.
#ifndef CAIRN_TRANSFORM_NAME_RULES_H_
#define CAIRN_TRANSFORM_NAME_RULES_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/tensor_dict.h"
#include "cairn/transform/name_pattern.h"

namespace cairn {

// One name, or all that begin with `from` where both end in '/'.
struct Renaming {
  std::string from;
  std::string to;
};
// "OLD=NEW". Errors: kArgument (no '=', an empty side, one that ends in '/' and one that does not).
Result<Renaming> ParseRenaming(std::string_view text);

// What a regular expression finds in names, replaced.
class Substitution {
 public:
  // "s/RE2/NEW/", or any other character for '/'; \1 to \9 in NEW are the groups; a "g" at the end
  // replaces all that is found, not the first alone. Errors: kArgument.
  static Result<Substitution> Parse(std::string_view text);

  std::string Apply(std::string_view name) const;

 private:
  struct Compiled;
  explicit Substitution(std::shared_ptr<const Compiled> compiled)
      : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

struct NameRules {
  std::vector<NamePattern> select;   // one must match; none = all are taken
  std::vector<NamePattern> exclude;  // none may match
  std::vector<Renaming> renamings;   // in this order, then
  std::vector<Substitution> substitutions;
  // Other names by which patterns may mean a tensor (short paths of objects); may be null.
  const std::map<std::string, std::string>* aliases = nullptr;
};

// Where each tensor of a renamed dict comes from.
struct RenamedTensor {
  std::string name;
  size_t source = 0;  // its position in the dict before
};

// By their new names. Errors: kArgument names two tensors that would have one name; kMissing (a
// renaming that fits no tensor), with the nearest names.
Result<std::vector<RenamedTensor>> PlanNames(const TensorDict& dict, const NameRules& rules);

// The tensors of a plan under their new names; the sources are those of `dict`.
TensorDict RenamedDict(const TensorDict& dict, std::vector<RenamedTensor> plan);

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_NAME_RULES_H_
