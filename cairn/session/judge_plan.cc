#include "cairn/session/judge_plan.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/core/nearest_names.h"
#include "cairn/core/unprotected.h"

namespace cairn {
namespace {

constexpr size_t kMaxListed = 20;

// "a; b; c", and how many are left out.
std::string Joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (size_t i = 0; i < std::min(parts.size(), kMaxListed); ++i) {
    if (i > 0) text += separator;
    text += parts[i];
  }
  if (parts.size() > kMaxListed)
    text.append(separator).append(std::to_string(parts.size() - kMaxListed)).append(" more");
  return text;
}

// The place of an error: the path of the checkpoint.
Status At(const RestoreSource& source, const Status& error) {
  return source.name.empty() ? error : error.In(Escape(source.name));
}

Status JudgeValues(const SourceMatch& match, const RestoreRules& rules) {
  if (!match.conflicts.empty()) return Status(Reason::kMismatch, Joined(match.conflicts, "; "));
  std::vector<std::string> mismatches;
  for (const RestoreItem& item : match.variables) {
    if (item.match != Match::kMismatched) continue;
    const Policy policy = item.is_wrong_dtype ? rules.mismatched_dtype : rules.mismatched_shape;
    if (policy == Policy::kError) mismatches.push_back(Quoted(item.name) + ": " + item.detail);
  }
  if (mismatches.empty()) return {};
  return Status(Reason::kMismatch, Joined(mismatches, "; "));
}

// Returns a hint for the first missing variable that has near names, or "".
std::string Suggestion(const RestorePlan& plan) {
  const auto suggested = std::ranges::find_if(
      plan.items, [](const RestoreItem& item) { return !item.did_you_mean.empty(); });
  if (suggested == plan.items.end()) return "";
  return "for " + Quoted(suggested->name) + ": " + DidYouMean(suggested->did_you_mean);
}

Status JudgeNothing(const RestorePlan& plan, const SourceMatch& match, const RestoreRules& rules) {
  const auto assigns = [](const RestoreItem& item) { return Assigns(item.match); };
  if (rules.nothing != Policy::kError || std::ranges::any_of(match.variables, assigns)) return {};
  if (match.variables.empty())
    return Status(Reason::kMissing, "nothing to restore: the session has no variables");
  const auto count = [&](Match of) {
    return static_cast<size_t>(std::ranges::count(match.variables, of, &RestoreItem::match));
  };
  const size_t num_missing = count(Match::kMissing) + count(Match::kTrainingState);
  const std::string origin(Name(rules.origin));
  std::string text = "nothing to restore: of the session's variables " +
                     std::to_string(num_missing) + " are not in the " + origin + " and " +
                     std::to_string(count(Match::kIgnored)) + " are ignored";
  if (const size_t num_mismatched = count(Match::kMismatched); num_mismatched > 0)
    text += "; " + std::to_string(num_mismatched) + " have another shape or dtype";
  return Status(Reason::kMissing, std::move(text)).WithHint(Suggestion(plan));
}

Status JudgeLeftOver(const SourceMatch& match, const RestoreRules& rules) {
  std::vector<std::string> names;
  for (const RestoreItem& item : match.left_over) {
    const bool is_error =
        (item.match == Match::kUnexpected && rules.unexpected == Policy::kError) ||
        (item.match == Match::kTrainingState && rules.training_state == Policy::kError);
    if (is_error) names.push_back(Quoted(item.name));
  }
  if (names.empty()) return {};
  return Status(Reason::kMismatch, "in the " + std::string(Name(rules.origin)) +
                                       ", but not in the session: " + Joined(names, ", "));
}

// Variables that no source has. The strictest rules of all sources count.
Status JudgeMissing(const RestorePlan& plan) {
  const auto is_error = [&](Policy RestoreRules::* policy) {
    return std::ranges::any_of(plan.sources, [&](const RestoreSource& source) {
      return source.rules.*policy == Policy::kError;
    });
  };
  const bool missing = is_error(&RestoreRules::missing);
  const bool training_state = is_error(&RestoreRules::training_state);
  std::vector<std::string> names;
  for (const RestoreItem& item : plan.items) {
    if (!item.variable) continue;
    if ((item.match == Match::kMissing && missing) ||
        (item.match == Match::kTrainingState && training_state))
      names.push_back(Quoted(item.name));
  }
  if (names.empty()) return {};
  const std::string where = plan.sources.size() == 1
                                ? "the " + std::string(Name(plan.sources[0].rules.origin))
                                : "any source";
  return Status(Reason::kMissing,
                "in the session, but not in " + where + ": " + Joined(names, ", "))
      .WithHint(Suggestion(plan));
}

Status JudgeChecksums(const RestorePlan& plan) {
  for (const RestoreItem& item : plan.items) {
    const RestoreSource& source = plan.sources[item.source];
    if (!Assigns(item.match) || !source.rules.require_checksums) continue;
    std::vector<size_t> entries = item.parts;
    if (entries.empty()) entries.push_back(*item.entry);
    for (const size_t entry : entries) {
      if (LacksChecksum(source.dict, entry)) return HasNoChecksum(source.dict, entry);
    }
  }
  return {};
}

}  // namespace

Status JudgePlan(const RestorePlan& plan, std::span<const SourceMatch> matches) {
  for (size_t i = 0; i < matches.size(); ++i) {
    const RestoreSource& source = plan.sources[i];
    CAIRN_RETURN_IF_ERROR(At(source, JudgeValues(matches[i], source.rules)));
    CAIRN_RETURN_IF_ERROR(At(source, JudgeNothing(plan, matches[i], source.rules)));
    CAIRN_RETURN_IF_ERROR(At(source, JudgeLeftOver(matches[i], source.rules)));
  }
  const Status missing = JudgeMissing(plan);
  CAIRN_RETURN_IF_ERROR(plan.sources.size() == 1 ? At(plan.sources[0], missing) : missing);
  return JudgeChecksums(plan);
}

}  // namespace cairn
