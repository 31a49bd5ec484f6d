#include "cairn/session/restore_plan.h"

#include <algorithm>
#include <set>

#include "cairn/core/escape.h"
#include "cairn/core/nearest_names.h"
#include "cairn/core/unprotected.h"
#include "cairn/core/variable_names.h"
#include "cairn/session/plan_warnings.h"

namespace cairn {
namespace {

// Names are compared with each other for "did you mean" about this often in one plan.
constexpr size_t kMaxComparisons = 100'000;

std::string Describe(DType dtype, std::span<const int64_t> dims) {
  return std::string(Name(dtype)) + ToString(dims);
}

// -1 is a dimension that is not known yet and takes any.
bool Agree(const Variable& variable, const TensorInfo& entry) {
  return variable.dtype == entry.dtype &&
         std::ranges::equal(variable.dims, entry.dims,
                            [](int64_t a, int64_t b) { return a == b || a == -1; });
}

// Decides for every variable and every entry what becomes of it.
class Matcher {
 public:
  Matcher(const Session& session, const TensorDict& dict, const RestoreRules& rules)
      : variables_(session.variables()), dict_(dict), rules_(rules), taken_(dict.size()) {
    for (const std::string& name : rules.ignore) ignore_.insert(VariableOfEntry(name));
  }

  std::vector<RestoreItem> MatchAll() {
    for (VariableId id = 0; id < variables_.size(); ++id) {
      if (!variables_[id].collections.local) AddVariable(id);
    }
    for (size_t entry = 0; entry < dict_.size(); ++entry) {
      if (!taken_[entry]) AddLeftOver(entry);
    }
    return std::move(items_);
  }

  // "'net/w' and 'w' both want 'w'", for each second one.
  const std::vector<std::string>& conflicts() const { return conflicts_; }

 private:
  bool IsIgnored(std::string_view entry) const { return ignore_.contains(VariableOfEntry(entry)); }

  void AddVariable(VariableId id) {
    const Variable& variable = variables_[id];
    const auto entry = FindEntry(dict_, WithoutPrefix(variable.name, rules_.prefix));
    RestoreItem item{Match::kMissing, id, entry, variable.name, {}};
    if (entry) Pair(variable, dict_.info(*entry), item);
    items_.push_back(std::move(item));
  }

  void Pair(const Variable& variable, const TensorInfo& entry, RestoreItem& item) {
    std::optional<VariableId>& taken = taken_[*item.entry];
    if (IsIgnored(entry.name)) {
      item.match = Match::kIgnored;
    } else {
      if (taken) AddConflict(variables_[*taken], variable, entry);
      item.match = Agree(variable, entry) ? Match::kMatched : Match::kMismatched;
      item.detail = PairDetail(variable, entry, item.match);
    }
    taken = item.variable;
  }

  void AddConflict(const Variable& first, const Variable& second, const TensorInfo& entry) {
    conflicts_.push_back(Quoted(first.name) + " and " + Quoted(second.name) + " both want " +
                         Quoted(entry.name));
  }

  std::string PairDetail(const Variable& variable, const TensorInfo& entry, Match match) const {
    std::string detail = Describe(entry.dtype, entry.dims);
    if (match == Match::kMismatched) {
      detail += " in the " + std::string(Name(rules_.origin)) + ", " +
                Describe(variable.dtype, variable.dims) + " in the session";
    }
    if (VariableOfEntry(entry.name) != variable.name) detail += ", from " + Quoted(entry.name);
    return detail;
  }

  // An entry that no variable asked for.
  void AddLeftOver(size_t entry) {
    const TensorInfo info = dict_.info(entry);
    RestoreItem item{Match::kIgnored, std::nullopt, entry, std::string(info.name), {}};
    if (IsBookkeepingEntry(info.name)) {
      item.detail = "bookkeeping, not a variable";
    } else if (const std::string twin = item.name + ":0"; dict_.Find(twin)) {
      item.detail = "the same variable as " + Quoted(twin) + ", which is used";
    } else if (!IsIgnored(info.name)) {
      item.match = Match::kUnexpected;
      item.detail = Describe(info.dtype, info.dims);
    }
    items_.push_back(std::move(item));
  }

  std::span<const Variable> variables_;
  const TensorDict& dict_;
  const RestoreRules& rules_;
  std::set<std::string_view> ignore_;             // as VariableOfEntry gives them
  std::vector<std::optional<VariableId>> taken_;  // by entry: the last who asked for it
  std::vector<RestoreItem> items_;
  std::vector<std::string> conflicts_;
};

// "Did you mean" for the missing, among what nobody asked for.
void SuggestNames(std::string_view prefix, std::vector<RestoreItem>& items) {
  std::vector<std::string_view> unexpected;
  for (const RestoreItem& item : items) {
    if (item.match == Match::kUnexpected) unexpected.push_back(item.name);
  }
  size_t num_comparisons = 0;
  for (RestoreItem& item : items) {
    if (item.match != Match::kMissing || LooksLikeTrainingState(item.name)) continue;
    if (num_comparisons >= kMaxComparisons) return;
    num_comparisons += unexpected.size();
    item.detail = DidYouMean(NearestNames(WithoutPrefix(item.name, prefix), unexpected.size(),
                                          [&](size_t i) { return unexpected[i]; }));
  }
}

std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

Status Mismatched(const std::vector<RestoreItem>& items) {
  std::vector<std::string> parts;
  for (const RestoreItem& item : items) {
    if (item.match == Match::kMismatched) parts.push_back(Quoted(item.name) + ": " + item.detail);
  }
  return Status(Reason::kMismatch, Join(parts));
}

Status NothingToRestore(const RestorePlan& plan) {
  const size_t num_missing = plan.Count(Match::kMissing);
  const auto is_ignored_variable = [](const RestoreItem& item) {
    return item.match == Match::kIgnored && item.variable;
  };
  const auto num_ignored = std::ranges::count_if(plan.items, is_ignored_variable);
  if (num_missing == 0 && num_ignored == 0) {
    return Status(Reason::kMissing, "nothing to restore: the session has no variables");
  }
  const auto suggested = std::ranges::find_if(plan.items, [](const RestoreItem& item) {
    return item.match == Match::kMissing && !item.detail.empty();
  });
  return Status(Reason::kMissing, "nothing to restore: of the session's variables " +
                                      std::to_string(num_missing) +
                                      " are not in the checkpoint and " +
                                      std::to_string(num_ignored) + " are ignored")
      .WithHint(suggested == plan.items.end()
                    ? std::string()
                    : "for " + Quoted(suggested->name) + ": " + suggested->detail);
}

Status CheckChecksums(const RestorePlan& plan) {
  for (const RestoreItem& item : plan.items) {
    if (item.match == Match::kMatched && LacksChecksum(plan.dict, *item.entry))
      return HasNoChecksum(plan.dict, *item.entry);
  }
  return {};
}

Status Judge(const RestorePlan& plan, const std::vector<std::string>& conflicts,
             const RestoreRules& rules) {
  if (!conflicts.empty()) return Status(Reason::kMismatch, Join(conflicts));
  if (plan.Count(Match::kMismatched) > 0) return Mismatched(plan.items);
  if (plan.Count(Match::kMatched) == 0 && rules.origin == Origin::kCheckpoint) {
    return NothingToRestore(plan);
  }
  return rules.require_checksums ? CheckChecksums(plan) : Status();
}

}  // namespace

RestorePlan MakePlan(const Session& session, const TensorDict& dict, const RestoreRules& rules) {
  RestorePlan plan;
  plan.dict = dict;
  Matcher matcher(session, dict, rules);
  plan.items = matcher.MatchAll();
  SuggestNames(rules.prefix, plan.items);
  plan.warnings = PlanWarnings(plan.items, dict, rules);
  plan.acceptable = Judge(plan, matcher.conflicts(), rules);
  return plan;
}

}  // namespace cairn
