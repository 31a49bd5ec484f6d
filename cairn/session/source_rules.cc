#include "cairn/session/source_rules.h"

#include <map>

#include "cairn/core/escape.h"
#include "cairn/core/nearest_names.h"
#include "cairn/core/variable_names.h"
#include "cairn/transform/rows_for_words.h"

namespace cairn {

Result<SourceRules> SourceRules::Make(const RestoreSource& source) {
  SourceRules rules(source);
  rules.ignored_.resize(source.dict.size());
  rules.IgnoreNames();
  CAIRN_RETURN_IF_ERROR(rules.IgnorePatterns());
  CAIRN_RETURN_IF_ERROR(rules.MakeRows());
  return rules;
}

void SourceRules::IgnoreNames() {
  if (source_->rules.ignore.empty()) return;
  std::map<std::string_view, bool> found;  // by variable: whether an entry holds it
  for (const std::string& name : source_->rules.ignore) found[VariableOfEntry(name)] = false;
  for (size_t i = 0; i < source_->dict.size(); ++i) {
    for (const std::string_view name : NamesOf(i)) {
      const auto ignored = found.find(VariableOfEntry(name));
      if (ignored != found.end()) ignored_[i] = ignored->second = true;
    }
  }
  for (const std::string& name : source_->rules.ignore) {
    if (found[VariableOfEntry(name)]) continue;
    useless_.push_back("ignore " + Quoted(name) + ": no such name in the " +
                       std::string(Name(source_->rules.origin)) + NearNames(name));
  }
}

Status SourceRules::IgnorePatterns() {
  for (const std::string& text : source_->rules.ignore_patterns) {
    CAIRN_ASSIGN_OR_RETURN(const NamePattern pattern,
                           NamePattern::Make(text, source_->rules.names.syntax));
    bool is_useful = false;
    for (size_t i = 0; i < source_->dict.size(); ++i) {
      if (Match(pattern, i)) ignored_[i] = is_useful = true;
    }
    if (!is_useful) {
      useless_.push_back("ignore " + Quoted(text) + ": matches no name in the " +
                         std::string(Name(source_->rules.origin)));
    }
  }
  return {};
}

Status SourceRules::MakeRows() {
  for (const RowsText& text : source_->rules.rows) {
    CAIRN_ASSIGN_OR_RETURN(NamePattern pattern,
                           NamePattern::Make(text.pattern, source_->rules.names.syntax));
    CAIRN_ASSIGN_OR_RETURN(
        std::vector<int64_t> rows,
        RowsForWords(text.old_words, text.new_words).In("rows of " + Quoted(text.pattern)));
    rows_.push_back({std::move(pattern), text.old_words.size(), std::move(rows)});
    bool is_useful = false;
    for (size_t i = 0; i < source_->dict.size() && !is_useful; ++i)
      is_useful = Match(rows_.back().pattern, i);
    if (!is_useful) {
      useless_.push_back("rows of " + Quoted(text.pattern) + ": matches no name in the " +
                         std::string(Name(source_->rules.origin)));
    }
  }
  return {};
}

const RowsRule* SourceRules::RowsOf(size_t i) const {
  const RowsRule* found = nullptr;
  for (const RowsRule& rule : rows_) {
    if (Match(rule.pattern, i)) found = &rule;
  }
  return found;
}

std::vector<std::string_view> SourceRules::NamesOf(size_t i) const {
  std::vector<std::string_view> names = {source_->dict.name(i)};
  if (!source_->stored_names.empty()) names.emplace_back(source_->stored_names[i]);
  return names;
}

bool SourceRules::Match(const NamePattern& pattern, size_t i) const {
  for (const std::string_view name : NamesOf(i)) {
    if (pattern.Matches(name) || pattern.Matches(VariableOfEntry(name))) return true;
  }
  return false;
}

std::string SourceRules::NearNames(const std::string& name) const {
  const TensorDict& dict = source_->dict;
  const std::string near =
      DidYouMean(NearestNames(name, dict.size(), [&](size_t i) { return dict.name(i); }));
  return near.empty() ? "" : ", " + near;
}

}  // namespace cairn
