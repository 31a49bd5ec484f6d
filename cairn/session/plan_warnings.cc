#include "cairn/session/plan_warnings.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "cairn/core/escape.h"
#include "cairn/core/variable_names.h"

namespace cairn {
namespace {

class SourceWarnings {
 public:
  SourceWarnings(const SourceMatch& match, const RestoreSource& source)
      : match_(match),
        rules_(source.rules),
        dict_(source.dict),
        useless_names_(source.useless_names),
        origin_(Name(rules_.origin)) {}

  std::vector<std::string> Make() && {
    Warn("in the session, but not in the " + origin_, MissingNames());
    Warn("in the " + origin_ + ", but not restored", LeftOverNames());
    if (!rules_.prefix.empty() && !IsPrefixUsed()) {
      warnings_.push_back("prefix " + Quoted(rules_.prefix) +
                          ": no variable of the session begins with it");
    }
    std::ranges::copy(useless_names_, std::back_inserter(warnings_));
    std::ranges::copy(match_.useless_rules, std::back_inserter(warnings_));
    Warn("restored in another shape", NamesWith(Match::kReshaped));
    Warn("restored in another dtype", NamesWith(Match::kCast));
    if (rules_.mismatched_shape == Policy::kWarn)
      Warn("not restored, because the shape differs", MismatchedNames(false));
    if (rules_.mismatched_dtype == Policy::kWarn)
      Warn("not restored, because the dtype differs", MismatchedNames(true));
    return std::move(warnings_);
  }

 private:
  template <typename Names>
  void Warn(const std::string& what, const Names& names) {
    if (names.empty()) return;
    std::string text;
    for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + Escape(name);
    warnings_.push_back(what + ": " + text);
  }

  bool IsWarnedOf(Match match, Match of_its_kind, Policy policy) const {
    return (match == of_its_kind && policy == Policy::kWarn) ||
           (match == Match::kTrainingState && rules_.training_state == Policy::kWarn);
  }

  std::vector<std::string_view> MissingNames() const {
    std::vector<std::string_view> names;
    for (const RestoreItem& item : match_.variables) {
      if (IsWarnedOf(item.match, Match::kMissing, rules_.missing)) names.push_back(item.name);
    }
    if (rules_.origin == Origin::kDict) std::ranges::sort(names);
    return names;
  }

  // Sorted, "w" and "w:0" as one.
  std::set<std::string_view> LeftOverNames() const {
    std::set<std::string_view> names;
    for (const RestoreItem& item : match_.left_over) {
      if (IsWarnedOf(item.match, Match::kUnexpected, rules_.unexpected))
        names.insert(VariableOfEntry(dict_.name(*item.entry)));
    }
    if (rules_.unexpected != Policy::kWarn) return names;
    for (const size_t entry : match_.ignored) {
      const std::string_view name = VariableOfEntry(dict_.name(entry));
      if (!IsBookkeepingEntry(name) && !IsQuietTrainingState(name)) names.insert(name);
    }
    return names;
  }

  bool IsQuietTrainingState(std::string_view name) const {
    return rules_.origin == Origin::kCheckpoint && rules_.training_state != Policy::kWarn &&
           LooksLikeTrainingState(name);
  }

  bool IsPrefixUsed() const {
    return std::ranges::any_of(match_.variables, [&](const RestoreItem& item) {
      return WithoutPrefix(item.name, rules_.prefix).size() != item.name.size();
    });
  }

  std::vector<std::string_view> NamesWith(Match match) const {
    std::vector<std::string_view> names;
    for (const RestoreItem& item : match_.variables) {
      if (item.match == match) names.push_back(item.name);
    }
    return names;
  }

  std::vector<std::string_view> MismatchedNames(bool is_wrong_dtype) const {
    std::vector<std::string_view> names;
    for (const RestoreItem& item : match_.variables) {
      if (item.match == Match::kMismatched && item.is_wrong_dtype == is_wrong_dtype)
        names.push_back(item.name);
    }
    return names;
  }

  const SourceMatch& match_;
  const RestoreRules& rules_;
  const TensorDict& dict_;
  const std::vector<std::string>& useless_names_;
  const std::string origin_;
  std::vector<std::string> warnings_;
};

}  // namespace

std::vector<std::string> PlanWarnings(const SourceMatch& match, const RestoreSource& source) {
  return SourceWarnings(match, source).Make();
}

}  // namespace cairn
