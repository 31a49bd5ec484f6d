#include "cairn/transform/name_rules.h"

#include <re2/re2.h>

#include <algorithm>

#include "cairn/core/bookkeeping.h"
#include "cairn/core/escape.h"
#include "cairn/core/nearest_names.h"
#include "cairn/transform/renamed_graph.h"

namespace cairn {
namespace {

bool IsPrefix(std::string_view side) { return side.empty() || side.ends_with('/'); }
bool IsPrefix(const Renaming& renaming) { return IsPrefix(renaming.from); }

bool Fits(const Renaming& renaming, std::string_view name) {
  return IsPrefix(renaming) ? name.starts_with(renaming.from) : name == renaming.from;
}

Status NoRenaming(std::string_view text, std::string_view why) {
  return Status(Reason::kArgument, Quoted(text) + " is not a renaming: " + std::string(why))
      .WithHint("write OLD=NEW for one name, OLD/=NEW/ to replace a prefix, OLD/= to drop it");
}

Status CheckRenaming(const Renaming& renaming) {
  const std::string text = renaming.from + "=" + renaming.to;
  if (renaming.from.empty() && renaming.to.empty()) return NoRenaming(text, "both sides are empty");
  if (IsPrefix(renaming.from) == IsPrefix(renaming.to)) return {};
  if (renaming.to.empty()) return NoRenaming(text, "the new name is empty");
  if (renaming.from.empty()) return NoRenaming(text, "the old name is empty");
  return NoRenaming(text, "one side ends in '/', the other does not");
}

Status NothingFits(const Renaming& renaming, const TensorDict& dict) {
  const Status missing(Reason::kMissing, "no tensor " +
                                             std::string(IsPrefix(renaming) ? "below " : "") +
                                             Quoted(renaming.from) + ", to be renamed");
  return missing.WithHint(
      DidYouMean(NearestNames(renaming.from, dict.size(), [&](size_t i) { return dict.name(i); })));
}

// Returns the renamings with old names as the dict has them: one that fits no tensor as it is
// written may have been copied from a listing, which escapes names.
std::vector<Renaming> WithStoredNames(const TensorDict& dict, std::vector<Renaming> renamings) {
  for (Renaming& renaming : renamings) {
    auto stored = Unescape(renaming.from);
    if (!stored || *stored == renaming.from) continue;
    const bool is_stored = std::ranges::any_of(
        dict, [&](const TensorInfo& tensor) { return Fits(renaming, tensor.name); });
    if (!is_stored) renaming.from = *std::move(stored);
  }
  return renamings;
}

// Takes and names the tensors of a dict, one after the other.
class Namer {
 public:
  Namer(const TensorDict& dict, const NameRules& rules)
      : dict_(dict),
        rules_(rules),
        renamings_(WithStoredNames(dict, rules.renamings)),
        has_selected_(rules.select.size()),
        has_excluded_(rules.exclude.size()),
        has_fitted_(rules.renamings.size()),
        has_substituted_(rules.substitutions.size()) {}

  Result<std::vector<RenamedTensor>> Run() {
    for (const Renaming& renaming : rules_.renamings)
      CAIRN_RETURN_IF_ERROR(CheckRenaming(renaming));
    std::vector<RenamedTensor> plan;
    for (size_t i = 0; i < dict_.size(); ++i) {
      if (IsTaken(i)) plan.push_back({NewName(dict_.name(i)), i});
    }
    for (size_t k = 0; k < has_fitted_.size(); ++k) {
      const Renaming& renaming = renamings_[k];
      // A renaming that matches no tensor is usually a typing error. An empty old name only adds a
      // prefix, even to no tensor at all.
      if (!has_fitted_[k] && !renaming.from.empty()) return NothingFits(renaming, dict_);
    }
    // Without a renaming, the names are in order already.
    if (!std::ranges::is_sorted(plan, {}, &RenamedTensor::name))
      std::ranges::stable_sort(plan, {}, &RenamedTensor::name);
    const auto twice = std::ranges::adjacent_find(plan, {}, &RenamedTensor::name);
    if (twice == plan.end()) return plan;
    return Status(Reason::kArgument, Quoted(dict_.name(twice->source)) + " and " +
                                         Quoted(dict_.name(std::next(twice)->source)) +
                                         " would both be called " + Quoted(twice->name))
        .WithHint("rename one of them to another name, or leave it out");
  }

  // The rules without an effect, after Run.
  UnmatchedRules Unmatched() const {
    return {Without(has_selected_, rules_.select), Without(has_excluded_, rules_.exclude),
            Without(has_substituted_, rules_.substitutions)};
  }

 private:
  template <typename Rule>
  static std::vector<std::string> Without(const std::vector<bool>& has_effect,
                                          const std::vector<Rule>& rules) {
    std::vector<std::string> texts;
    for (size_t k = 0; k < rules.size(); ++k) {
      if (!has_effect[k]) texts.push_back(rules[k].text());
    }
    return texts;
  }

  // Marks in `has_matched` which patterns match a tensor; one that has matched before is not asked
  // again for a tensor that another matches.
  bool MatchesOne(const std::vector<NamePattern>& patterns, size_t i,
                  std::vector<bool>& has_matched) const {
    if (patterns.empty()) return false;
    const std::string_view name = dict_.name(i);
    const std::string* alias = nullptr;
    if (rules_.aliases != nullptr && !rules_.aliases->empty()) {
      const auto found = rules_.aliases->find(std::string(name));
      if (found != rules_.aliases->end()) alias = &found->second;
    }
    bool matches = false;
    for (size_t k = 0; k < patterns.size(); ++k) {
      if (matches && has_matched[k]) continue;
      if (!patterns[k].Matches(name) && (alias == nullptr || !patterns[k].Matches(*alias)))
        continue;
      matches = has_matched[k] = true;
    }
    return matches;
  }

  // Both lists are asked about every tensor, so that a pattern to exclude what is not selected
  // anyway counts as matched.
  bool IsTaken(size_t i) {
    const bool is_excluded = MatchesOne(rules_.exclude, i, has_excluded_);
    return (rules_.select.empty() || MatchesOne(rules_.select, i, has_selected_)) && !is_excluded;
  }

  std::string NewName(std::string_view old_name) {
    std::string name(old_name);
    // Readers look for bookkeeping entries by their names.
    const bool is_bookkeeping = IsBookkeepingEntry(name);
    for (size_t k = 0; k < renamings_.size(); ++k) {
      const Renaming& renaming = renamings_[k];
      if (!Fits(renaming, name) || (is_bookkeeping && IsPrefix(renaming))) continue;
      has_fitted_[k] = true;
      name.replace(0, renaming.from.size(), renaming.to);
    }
    for (size_t k = 0; k < rules_.substitutions.size() && !is_bookkeeping; ++k) {
      std::string substituted = rules_.substitutions[k].Apply(name);
      if (substituted != name) has_substituted_[k] = true;
      name = std::move(substituted);
    }
    return name;
  }

  const TensorDict& dict_;
  const NameRules& rules_;
  std::vector<Renaming> renamings_;
  // Whether each rule has had an effect so far.
  std::vector<bool> has_selected_, has_excluded_, has_fitted_, has_substituted_;
};

Status NoSubstitution(std::string_view text, std::string_view why) {
  return Status(Reason::kArgument, Quoted(text) + " is not a substitution: " + std::string(why))
      .WithHint("write it as sed does: 's/^tower0\\///' or 's/(.*)_old/\\1/'");
}

// The parts of "s/RE/NEW/FLAGS"; a separator after a backslash is one of the part's characters.
std::vector<std::string> PartsOf(std::string_view text) {
  std::vector<std::string> parts = {""};
  const char separator = text[1];
  for (size_t i = 2; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      if (text[i + 1] != separator) parts.back() += '\\';
      parts.back() += text[++i];
    } else if (text[i] == separator) {
      parts.emplace_back();
    } else {
      parts.back() += text[i];
    }
  }
  return parts;
}

Status ParsePatterns(const std::vector<std::string>& texts, PatternSyntax syntax,
                     std::vector<NamePattern>& patterns) {
  for (const std::string& text : texts) {
    CAIRN_ASSIGN_OR_RETURN(NamePattern pattern, NamePattern::Make(text, syntax));
    patterns.push_back(std::move(pattern));
  }
  return {};
}

}  // namespace

Result<Renaming> ParseRenaming(std::string_view text) {
  const size_t at = text.find('=');
  if (at == text.npos) return NoRenaming(text, "there is no '='");
  Renaming renaming{std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
  CAIRN_RETURN_IF_ERROR(CheckRenaming(renaming));
  return renaming;
}

struct Substitution::Compiled {
  Compiled(std::string_view whole, const std::string& pattern, std::string replacement,
           bool is_global)
      : text(whole),
        regex(pattern, RE2::Quiet),
        rewrite(std::move(replacement)),
        replaces_all(is_global) {}
  std::string text;
  RE2 regex;
  std::string rewrite;
  bool replaces_all;
};

Result<Substitution> Substitution::Parse(std::string_view text) {
  if (text.size() < 4 || text[0] != 's' || text[1] == '\\' || text[1] == ' ')
    return NoSubstitution(text, "it does not begin with 's/'");
  std::vector<std::string> parts = PartsOf(text);
  if (parts.size() != 3) return NoSubstitution(text, "it does not have three separators");
  if (!parts[2].empty() && parts[2] != "g")
    return NoSubstitution(text, "only 'g' may follow the third separator");
  auto compiled =
      std::make_shared<const Compiled>(text, parts[0], std::move(parts[1]), parts[2] == "g");
  if (!compiled->regex.ok()) return NoSubstitution(text, compiled->regex.error());
  std::string error;
  if (!compiled->regex.CheckRewriteString(compiled->rewrite, &error))
    return NoSubstitution(text, error);
  return Substitution(std::move(compiled));
}

std::string Substitution::Apply(std::string_view name) const {
  std::string changed(name);
  if (compiled_->replaces_all) {
    RE2::GlobalReplace(&changed, compiled_->regex, compiled_->rewrite);
  } else {
    RE2::Replace(&changed, compiled_->regex, compiled_->rewrite);
  }
  return changed;
}

const std::string& Substitution::text() const { return compiled_->text; }

Result<NameRules> ParseNameRules(const NameRulesText& text) {
  NameRules rules;
  CAIRN_RETURN_IF_ERROR(ParsePatterns(text.select, text.syntax, rules.select));
  CAIRN_RETURN_IF_ERROR(ParsePatterns(text.exclude, text.syntax, rules.exclude));
  for (const std::string& rename : text.rename) {
    CAIRN_ASSIGN_OR_RETURN(Renaming renaming, ParseRenaming(rename));
    rules.renamings.push_back(std::move(renaming));
  }
  for (const std::string& substitute : text.substitute) {
    CAIRN_ASSIGN_OR_RETURN(Substitution substitution, Substitution::Parse(substitute));
    rules.substitutions.push_back(std::move(substitution));
  }
  return rules;
}

Result<std::vector<RenamedTensor>> PlanNames(const TensorDict& dict, const NameRules& rules,
                                             UnmatchedRules* unmatched) {
  Namer namer(dict, rules);
  CAIRN_ASSIGN_OR_RETURN(std::vector<RenamedTensor> plan, namer.Run());
  if (unmatched != nullptr) *unmatched = namer.Unmatched();
  return plan;
}

Result<TensorDict> Rename(const TensorDict& dict, const NameRulesText& text) {
  CAIRN_ASSIGN_OR_RETURN(const NameRules rules, ParseNameRules(text));
  CAIRN_ASSIGN_OR_RETURN(std::vector<RenamedTensor> plan, PlanNames(dict, rules));
  CAIRN_RETURN_IF_ERROR(PlanObjectGraph(dict, rules, plan));
  return RenamedDict(dict, std::move(plan));
}

}  // namespace cairn
