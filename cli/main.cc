// cairn: one program, one verb a command.
#include <algorithm>
#include <new>

#include "cairn/core/escape.h"
#include "cairn/core/nearest_names.h"
#include "cli/command.h"
#include "cli/common_options.h"
#include "cli/help.h"
#include "cli/signals.h"

namespace cairn::cli {
namespace {

using Commands = std::vector<std::unique_ptr<Command>>;

ExitCode RunCommand(Command& command, const std::vector<std::string>& arguments, Output& out) {
  CommonOptions common;
  std::vector<Option> options = command.options();
  AppendCommonOptions(options, common);
  if (AsksFor("--help", options, arguments)) {
    out.Write(HelpOf(command, options));
    return kDone;
  }
  if (AsksFor("--json", options, arguments)) out.UseJson();
  const Status parsed = ParseArguments(options, arguments);
  out.SetColor(common.color_choice());
  if (!parsed.ok()) {
    const std::string verb(command.name());
    const Status error = parsed.In(verb);
    return out.Error(error.hint().empty() ? error.WithHint("see cairn " + verb + " --help")
                                          : error);
  }
  return command.Run({.out = out, .progress = common.progress_style()});
}

Status UnknownVerb(const Commands& commands, const std::string& verb) {
  std::vector<std::string_view> known = {"--help", "--version", "--color", "--progress"};
  for (const auto& command : commands) known.push_back(command->name());
  const auto near = NearestNames(verb, known.size(), [&](size_t i) { return known[i]; });
  const bool is_option = verb.starts_with('-');
  const std::string advice =
      is_option ? "write the verb first: cairn VERB " + verb : "see cairn --help";
  return Status(Reason::kArgument, (is_option ? "no verb before " : "no verb ") + Quoted(verb))
      .WithHint(near.empty() ? advice : DidYouMean(near));
}

bool IsOneOf(const std::string& text, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, text) != names.end();
}

// The options of every verb may stand before the verb, too: they are moved after it.
ExitCode RunProgram(std::vector<std::string> arguments, Output& out) {
  const Commands commands = MakeCommands();
  CommonOptions common;
  std::vector<Option> options;
  AppendCommonOptions(options, common);
  // `cairn --help VERB` shows the help of the program.
  std::erase_if(options, [](const Option& option) { return option.long_name() == "--help"; });
  std::vector<std::string> leading = TakeLeadingOptions(options, arguments);
  // A command line without a verb is an error. The help goes to stderr, so that a pipe does not
  // take it for output.
  if (arguments.empty()) {
    WriteToStderr(HelpOfProgram(commands));
    return kTrouble;
  }
  const std::string verb = arguments[0];
  if (IsOneOf(verb, {"--help", "-h"})) {
    out.Write(HelpOfProgram(commands));
    return kDone;
  }
  if (IsOneOf(verb, {"--version", "-V"})) {
    out.Write(VersionText());
    return kDone;
  }
  leading.insert(leading.end(), arguments.begin() + 1, arguments.end());
  for (const auto& command : commands) {
    if (command->name() == verb) return RunCommand(*command, leading, out);
  }
  return out.Error(UnknownVerb(commands, verb));
}

}  // namespace
}  // namespace cairn::cli

int main(int argc, char** argv) {
  using namespace cairn::cli;
  InstallSignalHandlers();
  Output out;
  try {
    const ExitCode code = out.Finish(RunProgram({argv + (argc > 0 ? 1 : 0), argv + argc}, out));
    return code == kInterrupted ? CodeOfInterrupt() : code;
  } catch (const std::bad_alloc&) {
    return out.Error(cairn::Status(cairn::Reason::kNoMemory, "out of memory"));
  }
}
