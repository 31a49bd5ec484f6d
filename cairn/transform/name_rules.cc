#include "cairn/transform/name_rules.h"

#include <re2/re2.h>

#include "cairn/core/escape.h"
#include "cairn/transform/renamed_graph.h"

namespace cairn {
namespace {

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
  rules.names = text.names;
  CAIRN_RETURN_IF_ERROR(ParsePatterns(text.select, text.syntax, rules.select));
  CAIRN_RETURN_IF_ERROR(ParsePatterns(text.exclude, text.syntax, rules.exclude));
  for (const std::string& line : text.rename_map) {
    const size_t tab = line.find('\t');
    const bool is_pair = tab != line.npos && tab > 0 && tab + 1 < line.size() &&
                         line.find('\t', tab + 1) == line.npos;
    if (!is_pair)
      return Status(Reason::kArgument,
                    "line " + std::to_string(&line - text.rename_map.data() + 1) +
                        " of the rename map, " + Quoted(line) + ", is not an old and a new name")
          .WithHint("write both in one line, with a tab between them");
    if (!rules.rename_map.emplace(line.substr(0, tab), line.substr(tab + 1)).second)
      return Status(Reason::kArgument, "two new names for " + Quoted(line.substr(0, tab)));
  }
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

Result<TensorDict> Rename(const TensorDict& dict, const NameRulesText& text) {
  CAIRN_ASSIGN_OR_RETURN(NameRules rules, ParseNameRules(text));
  // A graph that cannot be read is an error only if it has to be rewritten.
  const ObjectNames names = ReadObjectNames(dict).value_or(ObjectNames());
  rules.object_names = &names;
  CAIRN_ASSIGN_OR_RETURN(std::vector<RenamedTensor> plan, PlanNames(dict, rules));
  CAIRN_RETURN_IF_ERROR(PlanObjectGraph(dict, rules, plan));
  return RenamedDict(dict, std::move(plan));
}

}  // namespace cairn
