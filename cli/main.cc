// cairn: one program, one verb a command.
#include <new>

#include "cairn/core/escape.h"
#include "cairn/core/nearest_names.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/signals.h"

namespace cairn::cli {
namespace {

using Commands = std::vector<std::unique_ptr<Command>>;

// What every verb takes beside its own options.
struct CommonOptions {
  bool help = false;
  std::string color = "auto";
  std::string progress = "auto";
};

void AppendCommonOptions(std::vector<Option>& options, CommonOptions& common) {
  options.push_back({.names = "--color",
                     .target = &common.color,
                     .help = "auto, always or never; auto honours NO_COLOR",
                     .value = "WHEN",
                     .choices = {"auto", "always", "never"}});
  options.push_back({.names = "--progress",
                     .target = &common.progress,
                     .help = "auto (a bar on a terminal), plain (lines, for logs) or none",
                     .value = "HOW",
                     .choices = {"auto", "plain", "none"}});
  options.push_back({.names = "-h,--help", .target = &common.help, .help = "this"});
}

ColorChoice ColorOf(const std::string& text) {
  return text == "always"  ? ColorChoice::kAlways
         : text == "never" ? ColorChoice::kNever
                           : ColorChoice::kAuto;
}

ProgressStyle ProgressOf(const std::string& text) {
  return text == "plain"  ? ProgressStyle::kPlain
         : text == "none" ? ProgressStyle::kNone
                          : ProgressStyle::kAuto;
}

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
  out.SetColor(ColorOf(common.color));
  if (!parsed.ok()) {
    const std::string verb(command.name());
    const Status error = parsed.In(verb);
    return out.Error(error.hint().empty() ? error.WithHint("see cairn " + verb + " --help")
                                          : error);
  }
  return command.Run({.out = out, .progress = ProgressOf(common.progress)});
}

Status UnknownVerb(const Commands& commands, const std::string& verb) {
  const auto near = NearestNames(verb, commands.size(), [&](size_t i) { return commands[i]->name(); });
  return Status(Reason::kArgument,
                (verb.starts_with('-') ? "no verb before " : "no verb ") + Quoted(verb))
      .WithHint(near.empty() ? "see cairn --help" : DidYouMean(near));
}

ExitCode RunProgram(const std::vector<std::string>& arguments, Output& out) {
  const Commands commands = MakeCommands();
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
    return out.Finish(RunProgram({argv + (argc > 0 ? 1 : 0), argv + argc}, out));
  } catch (const std::bad_alloc&) {
    return out.Error(cairn::Status(cairn::Reason::kNoMemory, "out of memory"));
  }
}
