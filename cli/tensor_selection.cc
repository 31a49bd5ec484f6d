#include "cli/tensor_selection.h"

#include <algorithm>
#include <numeric>

#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"
#include "cairn/core/nearest_names.h"

namespace cairn::cli {
namespace {

// Quotes a pattern, in which backslashes are escapes already.
std::string AsTyped(const std::string& pattern) { return "'" + OneLine(pattern) + "'"; }

bool IsGroup(const TensorDict& dict, const ObjectNames& names, const std::string& name) {
  const std::string group = name + "/";
  return std::ranges::any_of(
             dict, [&](const TensorInfo& tensor) { return tensor.name.starts_with(group); }) ||
         std::ranges::any_of(names, [&](const auto& entry) {
           return entry.second.path.starts_with(group) || entry.second.full_name.starts_with(group);
         });
}

// Returns advice on a pattern that matches nothing.
std::string HintOfPattern(const PatternOutcome& outcome) {
  const std::string& pattern = outcome.select.front();
  if (outcome.is_regex) return "see all names: cairn ls " + outcome.path;
  if (IsGroup(outcome.dict, outcome.names, pattern))
    return "write " + AsTyped(pattern + "/**") + " for all that is below";
  return HintOfNearest(outcome.dict, outcome.names, pattern, outcome.path);
}

Status NothingSelected(const PatternOutcome& outcome) {
  const std::vector<std::string>& select = outcome.select;
  if (outcome.unmatched.select.size() < select.size() || select.empty()) {
    return Status(Reason::kMissing, "every tensor is excluded")
        .AtPath(outcome.path)
        .WithHint("leave out one of the patterns to exclude");
  }
  std::string shown;
  for (const std::string& pattern : select) shown += (shown.empty() ? "" : ", ") + AsTyped(pattern);
  return Status(Reason::kMissing, "no tensor matches " + shown)
      .AtPath(outcome.path)
      .WithHint(HintOfPattern(outcome));
}

void NoteEach(std::string_view option, const std::vector<std::string>& texts, std::string_view what,
              Output& out) {
  for (const std::string& text : texts)
    out.Note(std::string(option) + " " + AsTyped(text) + " " + std::string(what));
}

// Notes the patterns that are the full name of several tensors.
void NoteShared(std::string_view option, const std::vector<std::string>& patterns,
                const PatternOutcome& outcome, Output& out) {
  for (const std::string& pattern : patterns) {
    if (outcome.dict.Find(pattern)) continue;
    std::vector<std::string> keys;
    for (const auto& [key, name] : outcome.names) {
      if (name.full_name == pattern) keys.push_back(key);
    }
    if (keys.size() < 2) continue;
    out.Note(ListNames(std::string(option) + " " + AsTyped(pattern) + " is the name of " +
                           std::to_string(keys.size()) + " tensors:",
                       keys));
  }
}

}  // namespace

Option NamesOption(std::string& target, std::string_view help) {
  return {.names = "--names",
          .target = &target,
          .help = help,
          .value = "KIND",
          .choices = {"key", "path", "full"}};
}

NameStyle NameStyleOf(std::string_view text) {
  if (text == "path") return NameStyle::kPath;
  return text == "full" ? NameStyle::kFull : NameStyle::kKey;
}

ObjectNames ReadNames(const TensorDict& dict, Output& out) {
  auto names = ReadObjectNames(dict);
  if (names.ok()) return *std::move(names);
  out.Warn("the object graph cannot be read: " + std::string(names.status().message()));
  return {};
}

std::string HintOfNearest(const TensorDict& dict, const ObjectNames& names,
                          const std::string& shown, const std::string& path) {
  const std::string wanted = Unescape(shown).value_or(shown);
  // Paths and full names come first: where both are near, they are easier to type than keys.
  std::vector<std::string_view> known;
  for (const auto& [key, name] : names) {
    known.push_back(name.path);
    if (!name.full_name.empty() && name.full_name != name.path) known.push_back(name.full_name);
  }
  for (const TensorInfo& tensor : dict) {
    if (!names.contains(tensor.name)) known.push_back(tensor.name);
  }
  auto near = NearestNames(wanted, known.size(), [&](size_t i) { return known[i]; });
  if (near.empty() && !names.empty())
    near = NearestNames(wanted, dict.size(), [&](size_t i) { return dict.name(i); });
  std::erase(near, wanted);  // it was just tried
  return near.empty() ? "see all names: cairn ls " + path : DidYouMean(near);
}

ExitCode SayUnmatched(const PatternOutcome& outcome, Output& out) {
  if (outcome.num_selected == 0) {
    out.Error(NothingSelected(outcome));
    return kFinding;
  }
  NoteEach(outcome.option, outcome.unmatched.select, "matches no tensor", out);
  NoteEach("--exclude", outcome.unmatched.exclude, "matches no tensor", out);
  NoteShared(outcome.option, outcome.select, outcome, out);
  NoteShared("--exclude", outcome.exclude, outcome, out);
  NoteEach("--rename-map", outcome.unmatched.rename_map, "is the name of no tensor", out);
  NoteEach("--sub", outcome.unmatched.substitutions, "changes no name", out);
  return kDone;
}

std::vector<Option> TensorSelection::options() {
  return {
      {.names = "PATH", .target = &path, .help = "the checkpoint"},
      {.names = "PATTERN",
       .target = &patterns,
       .help = "names that match: * ? stay inside a part, ** crosses /",
       .is_required = false,
       .is_tensor_name = true},
      {.names = "--exclude",
       .target = &exclude,
       .help = "not the names that match; repeatable",
       .value = "PATTERN",
       .is_tensor_name = true},
      {.names = "--regex",
       .target = &regex,
       .help = "patterns are regular expressions (RE2), found anywhere"},
  };
}

Result<std::vector<size_t>> TensorSelection::Select(const TensorDict& dict,
                                                    const ObjectNames& names, Output& out) const {
  std::vector<size_t> selected;
  if (!has_patterns()) {
    selected.resize(dict.size());
    std::iota(selected.begin(), selected.end(), size_t{0});
    return selected;
  }
  CAIRN_ASSIGN_OR_RETURN(NameRules rules, ParseNameRules({.select = patterns,
                                                          .exclude = exclude,
                                                          .syntax = regex ? PatternSyntax::kRegex
                                                                          : PatternSyntax::kGlob}));
  rules.object_names = &names;
  UnmatchedRules unmatched;
  CAIRN_ASSIGN_OR_RETURN(const auto plan, PlanNames(dict, rules, &unmatched));
  for (const RenamedTensor& tensor : plan) selected.push_back(tensor.source);
  SayUnmatched({.dict = dict,
                .names = names,
                .path = path,
                .option = "PATTERN",
                .select = patterns,
                .exclude = exclude,
                .is_regex = regex,
                .unmatched = unmatched,
                .num_selected = selected.size()},
               out);
  return selected;
}

}  // namespace cairn::cli
