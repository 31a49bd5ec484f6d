// cairn: one program, one verb a command.
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

// Help is given whatever else is wrong with the line.
bool AsksForHelp(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument == "--") return false;
    if (argument == "--help" || argument == "-h") return true;
  }
  return false;
}

ExitCode RunCommand(Command& command, const std::vector<std::string>& arguments, Output& out) {
  CommonOptions common;
  std::vector<Option> options = command.options();
  AppendCommonOptions(options, common);
  if (AsksForHelp(arguments)) {
    out.Write(HelpOf(command, options));
    return kDone;
  }
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
  const auto near =
      NearestNames(verb, commands.size(), [&](size_t i) { return commands[i]->name(); });
  return Status(Reason::kArgument,
                (verb.starts_with('-') ? "no verb before " : "no verb ") + Quoted(verb))
      .WithHint(near.empty() ? "see cairn --help" : DidYouMean(near));
}

ExitCode RunProgram(const std::vector<std::string>& arguments, Output& out) {
  const Commands commands = MakeCommands();
  // A command line without a verb is an error. The help goes to stderr, so that a pipe does not
  // take it for output.
  if (arguments.empty()) {
    WriteToStderr(HelpOfProgram(commands));
    return kTrouble;
  }
  const std::string& verb = arguments[0];
  if (verb == "--help" || verb == "-h") {
    out.Write(HelpOfProgram(commands));
    return kDone;
  }
  if (verb == "--version") {
    out.Write(VersionText());
    return kDone;
  }
  for (const auto& command : commands) {
    if (command->name() == verb)
      return RunCommand(*command, {arguments.begin() + 1, arguments.end()}, out);
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
