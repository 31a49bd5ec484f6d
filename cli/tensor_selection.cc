#include "cli/tensor_selection.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/core/nearest_names.h"
#include "cairn/graph/object_paths.h"
#include "cairn/transform/name_pattern.h"

namespace cairn::cli {
namespace {

// Patterns that match nothing: advice on the first.
std::string HintFor(const TensorDict& dict, const std::string& pattern) {
  for (const TensorInfo& tensor : dict) {
    if (tensor.name.starts_with(pattern + "/"))
      return "write " + Quoted(pattern + "/**") + " for all that is below";
  }
  const auto near = NearestNames(pattern, dict.size(), [&](size_t i) { return dict.name(i); });
  return near.empty() ? "see all names: cairn ls PATH" : DidYouMean(near);
}

}  // namespace

std::vector<Option> TensorSelection::options() {
  return {
      {.names = "PATH", .target = &path, .help = "the checkpoint"},
      {.names = "PATTERN",
       .target = &patterns,
       .help = "only names that match one: * and ? stay inside a part, ** crosses /",
       .is_required = false},
      {.names = "--regex",
       .target = &regex,
       .help = "patterns are regular expressions (RE2), found anywhere"},
  };
}

ShortPathMap ReadShortPaths(const TensorDict& dict, Output& out) {
  auto paths = ShortPathsOf(dict);
  if (paths.ok()) return *std::move(paths);
  out.Warn("the object graph cannot be read: " + std::string(paths.status().message()));
  return {};
}

Result<std::vector<size_t>> TensorSelection::Select(const TensorDict& dict,
                                                    const ShortPathMap& paths) const {
  std::vector<NamePattern> made;
  for (const std::string& text : patterns) {
    const PatternSyntax syntax = regex ? PatternSyntax::kRegex : PatternSyntax::kGlob;
    CAIRN_ASSIGN_OR_RETURN(NamePattern pattern, NamePattern::Make(text, syntax));
    made.push_back(std::move(pattern));
  }
  std::vector<size_t> selected;
  for (size_t i = 0; i < dict.size(); ++i) {
    const std::string_view name = dict.name(i);
    const auto found = made.empty() ? paths.end() : paths.find(std::string(name));
    const auto matches = [&](const NamePattern& pattern) {
      return pattern.Matches(name) || (found != paths.end() && pattern.Matches(found->second));
    };
    if (made.empty() || std::ranges::any_of(made, matches)) selected.push_back(i);
  }
  return selected;
}

ExitCode TensorSelection::NothingMatched(const TensorDict& dict, Output& out) const {
  std::string shown;
  for (const std::string& pattern : patterns)
    shown += (shown.empty() ? "" : ", ") + Quoted(pattern);
  const Status error = Status(Reason::kMissing, "no tensor matches " + shown).AtPath(path);
  out.Error(error.WithHint(regex ? "see all names: cairn ls PATH" : HintFor(dict, patterns[0])));
  return kFinding;
}

}  // namespace cairn::cli
