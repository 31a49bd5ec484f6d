// Gives the tensors of two dicts the names by which they are compared.
#ifndef CAIRN_INSPECT_MATCHED_SIDES_H_
#define CAIRN_INSPECT_MATCHED_SIDES_H_

#include "cairn/core/tensor_dict.h"
#include "cairn/transform/name_rules.h"

namespace cairn {

// The selected tensors of both dicts, under the names by which they are matched.
struct MatchedSides {
  TensorDict a;
  TensorDict b;
  ObjectNames names_of_a;   // of the object graph of `a`, if patterns were given
  TensorDict unselected_a;  // all tensors of `a`, under these names
  UnmatchedRules unmatched;
  std::vector<std::string> warnings;  // about object graphs that cannot be read
};

// Renames the tensors of `a` as `rules` ask, and shows both sides by the names of `rules.names`. A
// pattern that matches in either dict has an effect. An object graph speaks of keys, so it is left
// out where tensors are matched by other names. Errors: those of ParseNameRules and PlanNames; the
// dict that the error is about is at `path_a` or `path_b`.
Result<MatchedSides> MatchSides(const TensorDict& a, const TensorDict& b,
                                const NameRulesText& rules, std::string_view path_a,
                                std::string_view path_b);

}  // namespace cairn

#endif  // CAIRN_INSPECT_MATCHED_SIDES_H_
