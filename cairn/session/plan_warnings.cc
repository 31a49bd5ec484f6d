#include "cairn/session/plan_warnings.h"

#include <algorithm>
#include <set>

#include "cairn/core/escape.h"
#include "cairn/core/nearest_names.h"
#include "cairn/core/variable_names.h"

namespace cairn {
namespace {

template <typename Names>
std::string Join(const Names& names) {
  std::string text;
  for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + Escape(name);
  return text;
}

std::vector<std::string_view> MissingNames(std::span<const RestoreItem> items, Origin origin) {
  std::vector<std::string_view> names;
  for (const RestoreItem& item : items) {
    if (item.match == Match::kMissing && !LooksLikeTrainingState(item.name)) {
      names.push_back(item.name);
    }
  }
  if (origin == Origin::kDict) std::ranges::sort(names);
  return names;
}

// Sorted, "w" and "w:0" as one.
std::set<std::string_view> LeftOverNames(std::span<const RestoreItem> items, const TensorDict& dict,
                                         const RestoreRules& rules) {
  std::set<std::string_view> ignored;
  for (const std::string& name : rules.ignore) ignored.insert(VariableOfEntry(name));
  std::set<std::string_view> names;
  for (const RestoreItem& item : items) {
    if (item.match != Match::kUnexpected && item.match != Match::kIgnored) continue;
    const std::string_view entry = dict.name(*item.entry);
    const std::string_view name = VariableOfEntry(entry);
    if (item.match == Match::kIgnored && !ignored.contains(name)) continue;
    if (IsBookkeepingEntry(entry)) continue;
    if (rules.origin == Origin::kCheckpoint && LooksLikeTrainingState(name)) continue;
    names.insert(name);
  }
  return names;
}

bool PrefixIsUsed(std::span<const RestoreItem> items, std::string_view prefix) {
  return std::ranges::any_of(items, [&](const RestoreItem& item) {
    return item.variable && WithoutPrefix(item.name, prefix).size() != item.name.size();
  });
}

std::string UselessIgnore(const std::string& name, const TensorDict& dict, Origin origin) {
  const std::string near =
      DidYouMean(NearestNames(name, dict.size(), [&](size_t i) { return dict.name(i); }));
  return "ignore " + Quoted(name) + ": no such name in the " + std::string(Name(origin)) +
         (near.empty() ? "" : ", " + near);
}

}  // namespace

std::optional<size_t> FindEntry(const TensorDict& dict, std::string_view name) {
  if (const auto entry = dict.Find(std::string(name) + ":0")) return entry;
  return dict.Find(name);
}

std::vector<std::string> PlanWarnings(std::span<const RestoreItem> items, const TensorDict& dict,
                                      const RestoreRules& rules) {
  const std::string origin(Name(rules.origin));
  std::vector<std::string> warnings;
  if (const auto names = MissingNames(items, rules.origin); !names.empty()) {
    warnings.push_back("in the session, but not in the " + origin + ": " + Join(names));
  }
  if (const auto names = LeftOverNames(items, dict, rules); !names.empty()) {
    warnings.push_back("in the " + origin + ", but not restored: " + Join(names));
  }
  if (!rules.prefix.empty() && !PrefixIsUsed(items, rules.prefix)) {
    warnings.push_back("prefix " + Quoted(rules.prefix) +
                       ": no variable of the session begins with it");
  }
  for (const std::string& name : rules.ignore) {
    if (!FindEntry(dict, VariableOfEntry(name))) {
      warnings.push_back(UselessIgnore(name, dict, rules.origin));
    }
  }
  return warnings;
}

}  // namespace cairn
