#include "cli/completion_words.h"

#include <algorithm>

namespace cairn::cli {
namespace {

// Both names of "-h,--help", each with a space before it.
std::string SpacedNames(const Option& option) {
  const size_t comma = option.names.find(',');
  if (comma == option.names.npos) return " " + std::string(option.names);
  return " " + std::string(option.names.substr(0, comma)) + " " +
         std::string(option.names.substr(comma + 1));
}

// " --exclude --sort": the names of the options that are `wanted`, each with a space before it.
template <typename Predicate>
std::string NamesOf(const std::vector<Option>& options, Predicate is_wanted) {
  std::string names;
  for (const Option& option : options) {
    if (!option.is_place() && is_wanted(option)) names += SpacedNames(option);
  }
  return names;
}

}  // namespace

std::string JoinedWords(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

std::string OptionNames(const std::vector<Option>& options) {
  return NamesOf(options, [](const Option&) { return true; });
}

std::string OptionNamesWithValue(const std::vector<Option>& options) {
  return NamesOf(options, [](const Option& option) { return !option.is_flag(); });
}

std::string VerbNames(const std::vector<VerbOptions>& verbs) {
  std::string names;
  for (const VerbOptions& verb : verbs) names.append(names.empty() ? "" : " ").append(verb.name);
  return names;
}

std::vector<Option> CommonOptionsOf(const std::vector<VerbOptions>& verbs) {
  std::vector<Option> common;
  for (const Option& option : verbs.front().options) {
    if (option.is_common) common.push_back(option);
  }
  return common;
}

std::string PlaceWords(const VerbOptions& verb) {
  for (const Option& option : verb.options) {
    if (option.is_place() && !option.choices.empty()) return JoinedWords(option.choices);
  }
  return "";
}

bool TakesTensors(const VerbOptions& verb) {
  return std::ranges::any_of(verb.options, [](const Option& option) {
    return option.is_place() && option.is_tensor_name;
  });
}

bool TakesFile(const Option& option) { return option.value == "PATH" || option.value == "FILE"; }

std::string ForSingleQuotes(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted;
}

}  // namespace cairn::cli
