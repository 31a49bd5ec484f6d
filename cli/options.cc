// The only file that includes CLI11, which is slow to compile and throws.
#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <charconv>

#include "cairn/core/escape.h"
#include "cairn/core/nearest_names.h"

namespace cairn::cli {
namespace {

using Values = std::vector<std::string>;

Status UsageError(const std::string& message) { return Status(Reason::kArgument, message); }

CLI::Option* Declare(CLI::App& app, const Option& option) {
  const std::string names(option.names);
  if (option.is_flag()) return app.add_flag(names)->disable_flag_override();
  CLI::Option* declared = app.add_option(names);
  // Without allow_extra_args(false) CLI11 would take a text in brackets apart.
  declared->expected(1, option.is_list() ? CLI::detail::expected_max_vector_size : 1);
  return declared->allow_extra_args(false);
}

std::string JoinChoices(const std::vector<std::string_view>& choices) {
  std::string text;
  for (const std::string_view choice : choices)
    text.append(text.empty() ? "" : ", ").append(choice);
  return text;
}

Status SetText(const Option& option, const std::string& value, std::string& target) {
  if (!option.choices.empty() && std::ranges::find(option.choices, value) == option.choices.end()) {
    return UsageError(std::string(option.long_name()) + ": " + Quoted(value) +
                      " is none of: " + JoinChoices(option.choices));
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

Status Unexpected(const std::vector<Option>& options, const std::string& argument) {
  if (!argument.starts_with('-') || argument == "-")
    return UsageError("unexpected argument " + Quoted(argument));
  std::vector<std::string_view> known;
  for (const Option& option : options) {
    if (!option.is_place()) known.push_back(option.long_name());
  }
  const std::string name = argument.substr(0, argument.find('='));
  const auto near = NearestNames(name, known.size(), [&](size_t i) { return known[i]; });
  return UsageError("unknown option " + Quoted(name)).WithHint(DidYouMean(near));
}

}  // namespace

Status ParseArguments(const std::vector<Option>& options,
                      const std::vector<std::string>& arguments) {
  try {
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    std::vector<CLI::Option*> declared;
    for (const Option& option : options) {
      declared.push_back(Declare(app, option));
      declared.back()->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
    app.parse(Values(arguments.rbegin(), arguments.rend()));
    if (const Values rest = app.remaining(); !rest.empty()) return Unexpected(options, rest[0]);
    for (size_t i = 0; i < options.size(); ++i)
      CAIRN_RETURN_IF_ERROR(SetTarget(options[i], declared[i]->results()));
  } catch (const CLI::Error& error) {
    return UsageError(error.what());
  }
  return {};
}

}  // namespace cairn::cli
