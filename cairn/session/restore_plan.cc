#include "cairn/session/restore_plan.h"

#include <algorithm>
#include <set>

#include "cairn/core/variable_names.h"
#include "cairn/session/alike_names.h"
#include "cairn/session/judge_plan.h"
#include "cairn/session/match_source.h"
#include "cairn/session/plan_warnings.h"

namespace cairn {
namespace {

constexpr size_t kMaxSuggested = 2000;

bool IsWhole(Match match) { return Assigns(match) && match != Match::kPartial; }

// Adds what `matches` say of variable k: what is overwritten, what does not fit,
// what counts. If no source has the variable, one item says so.
void AddVariable(std::vector<SourceMatch>& matches, size_t k, std::vector<RestoreItem>& items) {
  size_t first_counted = matches.size();
  for (size_t i = 0; i < matches.size(); ++i) {
    if (IsWhole(matches[i].variables[k].match)) first_counted = i;
  }
  bool is_listed = false;
  for (size_t i = 0; i < matches.size(); ++i) {
    RestoreItem& item = matches[i].variables[k];
    const bool assigns = Assigns(item.match);
    if (!assigns && item.match != Match::kMismatched) continue;
    is_listed = true;
    items.push_back(item);
    if (assigns && first_counted < matches.size() && i < first_counted)
      items.back().match = Match::kOverwritten;
  }
  if (is_listed) return;
  const auto is_ignored = [&](const SourceMatch& match) {
    return match.variables[k].match == Match::kIgnored;
  };
  const auto ignored = std::ranges::find_if(matches, is_ignored);
  items.push_back((ignored == matches.end() ? matches[0] : *ignored).variables[k]);
}

std::vector<RestoreItem> MergeItems(std::vector<SourceMatch>& matches) {
  std::vector<RestoreItem> items;
  const size_t num_variables = matches.empty() ? 0 : matches[0].variables.size();
  for (size_t k = 0; k < num_variables; ++k) AddVariable(matches, k, items);
  for (const SourceMatch& match : matches)
    items.insert(items.end(), match.left_over.begin(), match.left_over.end());
  return items;
}

// "Did you mean" for the missing, among what nobody asked for. Of very many, only the first get
// suggestions: nobody reads more.
void SuggestNames(RestorePlan& plan) {
  std::vector<std::string_view> unexpected;
  bool is_any_missing = false;
  for (const RestoreItem& item : plan.items) {
    if (item.match == Match::kUnexpected)
      unexpected.push_back(plan.sources[item.source].dict.name(*item.entry));
    is_any_missing = is_any_missing || item.match == Match::kMissing;
  }
  if (unexpected.empty() || !is_any_missing) return;
  AlikeNames names(std::move(unexpected));
  size_t num_suggested = 0;
  for (RestoreItem& item : plan.items) {
    if (item.match != Match::kMissing) continue;
    if (num_suggested++ == kMaxSuggested) return;
    const std::string& prefix = plan.sources[item.source].rules.prefix;
    item.did_you_mean = names.Find(WithoutPrefix(item.name, prefix));
  }
}

void AddWarnings(const SourceMatch& match, const RestoreSource& source, RestorePlan& plan) {
  const std::string of =
      plan.sources.size() > 1 && !source.name.empty() ? source.name + ": " : std::string();
  for (const std::string& warning : PlanWarnings(match, source))
    plan.warnings.push_back(of + warning);
}

}  // namespace

bool Assigns(Match match) {
  return match == Match::kMatched || match == Match::kCast || match == Match::kReshaped ||
         match == Match::kPartial;
}

size_t RestorePlan::Count(Match match) const {
  return static_cast<size_t>(std::ranges::count(items, match, &RestoreItem::match));
}

uint64_t RestorePlan::nbytes() const {
  uint64_t sum = 0;
  for (const RestoreItem& item : items) sum += Assigns(item.match) ? item.nbytes : 0;
  return sum;
}

std::string_view RestorePlan::EntryName(const RestoreItem& item) const {
  if (!item.entry) return "";
  const RestoreSource& source = sources[item.source];
  if (source.stored_names.empty()) return source.dict.name(*item.entry);
  return source.stored_names[*item.entry];
}

RestorePlan MakePlan(const Session& session, std::vector<RestoreSource> sources) {
  RestorePlan plan;
  plan.sources = std::move(sources);
  std::vector<SourceMatch> matches;
  for (size_t i = 0; i < plan.sources.size(); ++i) {
    Result<SourceMatch> match = MatchSource(session.variables(), plan.sources[i], i);
    if (!match.ok()) {
      plan.acceptable = match.status();
      return plan;
    }
    matches.push_back(*std::move(match));
    AddWarnings(matches.back(), plan.sources[i], plan);
  }
  plan.items = MergeItems(matches);
  SuggestNames(plan);
  plan.acceptable = JudgePlan(plan, matches);
  return plan;
}

RestorePlan MakePlan(const Session& session, const TensorDict& dict, const RestoreRules& rules) {
  return MakePlan(session, {RestoreSource{.dict = dict, .rules = rules}});
}

}  // namespace cairn
