#include "cairn/inspect/matched_sides.h"

#include <algorithm>

#include "cairn/core/bookkeeping.h"

namespace cairn {
namespace {

class SideMatcher {
 public:
  explicit SideMatcher(MatchedSides& sides) : sides_(sides) {}

  Result<TensorDict> Rename(const TensorDict& dict, const NameRulesText& text,
                            UnmatchedRules* unmatched) {
    const bool is_by_key = text.names == NameStyle::kKey;
    const bool has_rules =
        !text.rename_map.empty() || !text.rename.empty() || !text.substitute.empty();
    if (is_by_key && !has_rules) return dict;
    CAIRN_ASSIGN_OR_RETURN(NameRules rules, ParseNameRules(text));
    const ObjectNames names = NamesOrWarn(dict);
    rules.object_names = &names;
    CAIRN_ASSIGN_OR_RETURN(auto plan, PlanNames(dict, rules, unmatched));
    if (!is_by_key)
      std::erase_if(plan,
                    [](const RenamedTensor& tensor) { return IsBookkeepingEntry(tensor.name); });
    return RenamedDict(dict, std::move(plan));
  }

  Result<TensorDict> Select(const TensorDict& dict, NameRules rules, const ObjectNames& names,
                            UnmatchedRules& unmatched) {
    rules.object_names = &names;
    CAIRN_ASSIGN_OR_RETURN(auto plan, PlanNames(dict, rules, &unmatched));
    return RenamedDict(dict, std::move(plan));
  }

  ObjectNames NamesOrWarn(const TensorDict& dict) {
    auto names = ReadObjectNames(dict);
    if (names.ok()) return *std::move(names);
    sides_.warnings.push_back("the object graph cannot be read: " +
                              std::string(names.status().message()));
    return {};
  }

 private:
  MatchedSides& sides_;
};

// A pattern has no effect if it has none on either side.
std::vector<std::string> InBoth(std::vector<std::string> a, const std::vector<std::string>& b) {
  std::erase_if(a, [&](const std::string& text) { return std::ranges::find(b, text) == b.end(); });
  return a;
}

}  // namespace

Result<MatchedSides> MatchSides(const TensorDict& a, const TensorDict& b, const NameRulesText& text,
                                std::string_view path_a, std::string_view path_b) {
  MatchedSides sides;
  SideMatcher matcher(sides);
  CAIRN_ASSIGN_OR_RETURN(sides.b, matcher.Rename(b, {.names = text.names}, nullptr).AtPath(path_b));
  NameRulesText renames = text;
  renames.select.clear();
  renames.exclude.clear();
  CAIRN_ASSIGN_OR_RETURN(sides.a, matcher.Rename(a, renames, &sides.unmatched).AtPath(path_a));
  sides.unselected_a = sides.a;
  if (text.select.empty() && text.exclude.empty()) return sides;
  CAIRN_ASSIGN_OR_RETURN(
      const NameRules rules,
      ParseNameRules({.select = text.select, .exclude = text.exclude, .syntax = text.syntax}));
  sides.names_of_a = matcher.NamesOrWarn(sides.a);
  UnmatchedRules in_a;
  UnmatchedRules in_b;
  CAIRN_ASSIGN_OR_RETURN(sides.a, matcher.Select(sides.a, rules, sides.names_of_a, in_a));
  CAIRN_ASSIGN_OR_RETURN(sides.b,
                         matcher.Select(sides.b, rules, matcher.NamesOrWarn(sides.b), in_b));
  sides.unmatched.select = InBoth(in_a.select, in_b.select);
  sides.unmatched.exclude = InBoth(in_a.exclude, in_b.exclude);
  return sides;
}

}  // namespace cairn
