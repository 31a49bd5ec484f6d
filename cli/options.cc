// The only file that includes CLI11, which is slow to compile and throws.
#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <span>

#include "cairn/core/escape.h"
#include "cairn/core/nearest_names.h"

namespace cairn::cli {
namespace {

using Values = std::vector<std::string>;

Status UsageError(const std::string& message) { return Status(Reason::kArgument, message); }

// Places are not declared: CLI11 would take texts in brackets apart.
CLI::Option* Declare(CLI::App& app, const Option& option) {
  const std::string names(option.names);
  CLI::Option* declared = option.is_flag() ? app.add_flag(names)->disable_flag_override()
                                           : app.add_option(names)->expected(1);
  return declared->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

std::string JoinChoices(const std::vector<std::string_view>& choices) {
  std::string text;
  for (const std::string_view choice : choices)
    text.append(text.empty() ? "" : ", ").append(choice);
  return text;
}

Status SetText(const Option& option, const std::string& value, std::string& target) {
  const auto& choices = option.choices;
  if (!choices.empty() && std::ranges::find(choices, value) == choices.end()) {
    const auto near = NearestNames(value, choices.size(), [&](size_t i) { return choices[i]; });
    return UsageError(std::string(option.long_name()) + ": " + Quoted(value) +
                      " is none of: " + JoinChoices(choices))
        .WithHint(DidYouMean(near));
  }
  target = value;
  return {};
}

Status SetNumber(const Option& option, const std::string& value, std::optional<uint64_t>& target) {
  uint64_t number = 0;
  const char* end = value.data() + value.size();
  const auto parsed = std::from_chars(value.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || number < option.least) {
    return UsageError(std::string(option.long_name()) + ": " + Quoted(value) +
                      " is not a whole number from " + std::to_string(option.least) + " on");
  }
  target = number;
  return {};
}

Status SetTarget(const Option& option, const Values& values) {
  if (values.empty()) {
    if (option.is_place() && option.is_required)
      return UsageError(std::string(option.names) + " is missing");
    return {};
  }
  if (values.size() > 1 && !option.is_list() && !option.is_flag())
    return UsageError(std::string(option.long_name()) + " was given twice");
  if (auto* flag = std::get_if<bool*>(&option.target)) **flag = true;
  if (auto* text = std::get_if<std::string*>(&option.target))
    return SetText(option, values[0], **text);
  if (auto* number = std::get_if<std::optional<uint64_t>*>(&option.target))
    return SetNumber(option, values[0], **number);
  if (auto* list = std::get_if<std::vector<std::string>*>(&option.target)) **list = values;
  return {};
}

// In our words: "json was given a disallowed flag override", "--edge: 1 required  missing".
Status BadValue(std::string_view text) {
  const std::string name(text.substr(0, text.find_first_of(": ")));
  return text.starts_with("--") ? UsageError(name + " needs a value")
                                : UsageError("--" + name + " takes no value");
}

Status UnknownOption(const std::vector<Option>& options, const std::string& argument) {
  std::vector<std::string_view> known;
  for (const Option& option : options) {
    if (!option.is_place()) known.push_back(option.long_name());
  }
  const std::string name = argument.substr(0, argument.find('='));
  const auto near = NearestNames(name, known.size(), [&](size_t i) { return known[i]; });
  return UsageError("unknown option " + Quoted(name)).WithHint(DidYouMean(near));
}

// The options in front of `--`; gives what is left over, the texts for places.
Result<Values> ParseOptions(const std::vector<Option>& options, Values arguments) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<std::pair<const Option*, CLI::Option*>> declared;
  for (const Option& option : options) {
    if (!option.is_place()) declared.emplace_back(&option, Declare(app, option));
  }
  std::ranges::reverse(arguments);  // as CLI11 wants them
  app.parse(std::move(arguments));
  for (const auto& [option, parsed] : declared)
    CAIRN_RETURN_IF_ERROR(SetTarget(*option, parsed->results()));
  Values rest = app.remaining();
  for (const std::string& text : rest) {
    if (text.size() > 1 && text.starts_with('-')) return UnknownOption(options, text);
  }
  return rest;
}

// A place that takes all texts leaves one for each place after it that is required.
Status FillPlaces(const std::vector<Option>& options, std::span<const std::string> texts) {
  size_t num_required =
      static_cast<size_t>(std::ranges::count_if(options, [](const Option& option) {
        return option.is_place() && option.is_required && !option.is_list();
      }));
  for (const Option& option : options) {
    if (!option.is_place()) continue;
    size_t count = std::min<size_t>(texts.size(), 1);
    if (option.is_list()) count = texts.size() - std::min(texts.size(), num_required);
    if (option.is_required && !option.is_list()) --num_required;
    CAIRN_RETURN_IF_ERROR(SetTarget(option, Values(texts.begin(), texts.begin() + count)));
    texts = texts.subspan(count);
  }
  return texts.empty() ? Status() : UsageError("unexpected argument " + Quoted(texts[0]));
}

const Option* FindLong(const std::vector<Option>& options, std::string_view argument) {
  const std::string_view name = argument.substr(0, argument.find('='));
  const auto found = std::ranges::find(options, name, &Option::long_name);
  return found == options.end() ? nullptr : &*found;
}

const Option* FindShort(const std::vector<Option>& options, char name) {
  const auto found = std::ranges::find(options, name, &Option::short_name);
  return found == options.end() ? nullptr : &*found;
}

// Whether `argument` joins short options of which one is `flag`. The text after an option that
// takes a value, or after an unknown one, does not consist of names.
bool JoinsFlag(std::string_view flag, const std::vector<Option>& options,
               std::string_view argument) {
  if (argument.size() < 2 || argument[0] != '-' || argument[1] == '-') return false;
  for (const char name : argument.substr(1)) {
    const Option* joined = FindShort(options, name);
    if (joined == nullptr || !joined->is_flag()) return false;
    if (joined->long_name() == flag) return true;
  }
  return false;
}

}  // namespace

bool AsksFor(std::string_view flag, const std::vector<Option>& options,
             const std::vector<std::string>& arguments) {
  const auto end = std::ranges::find(arguments, "--");
  return std::any_of(arguments.begin(), end, [&](const std::string& argument) {
    return argument == flag || JoinsFlag(flag, options, argument);
  });
}

std::vector<std::string> TakeLeadingOptions(const std::vector<Option>& options,
                                            std::vector<std::string>& arguments) {
  auto end = arguments.begin();
  while (end != arguments.end()) {
    const Option* option = FindLong(options, *end);
    if (option == nullptr) break;
    const bool takes_next = !option->is_flag() && end->find('=') == std::string::npos;
    ++end;
    if (takes_next && end != arguments.end()) ++end;
  }
  std::vector<std::string> leading(arguments.begin(), end);
  arguments.erase(arguments.begin(), end);
  return leading;
}

Status ParseArguments(const std::vector<Option>& options,
                      const std::vector<std::string>& arguments) {
  const auto dashes = std::ranges::find(arguments, "--");
  try {
    CAIRN_ASSIGN_OR_RETURN(Values places, ParseOptions(options, {arguments.begin(), dashes}));
    if (dashes != arguments.end()) places.insert(places.end(), dashes + 1, arguments.end());
    return FillPlaces(options, places);
  } catch (const CLI::ArgumentMismatch& error) {
    return BadValue(error.what());
  } catch (const CLI::Error& error) {
    return UsageError(error.what());
  }
}

std::vector<std::string> ArgumentsOf(const std::vector<Option>& options) {
  std::vector<std::string> arguments;
  for (const Option& option : options) {
    if (option.is_place()) continue;
    const std::string name(option.long_name());
    const auto add = [&](const std::string& value) { arguments.push_back(name + "=" + value); };
    if (const auto* flag = std::get_if<bool*>(&option.target); flag && **flag)
      arguments.push_back(name);
    if (const auto* text = std::get_if<std::string*>(&option.target); text && !(**text).empty())
      add(**text);
    if (const auto* number = std::get_if<std::optional<uint64_t>*>(&option.target);
        number && **number)
      add(std::to_string(***number));
    if (const auto* list = std::get_if<std::vector<std::string>*>(&option.target))
      std::ranges::for_each(**list, add);
  }
  return arguments;
}

}  // namespace cairn::cli
