// A verb of the program: what it takes, what --help says of it, and what it does.
#ifndef CAIRN_CLI_COMMAND_H_
#define CAIRN_CLI_COMMAND_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "cli/output.h"
#include "cli/print/progress_bar.h"

namespace cairn::cli {

// The things that every verb is given beside its own options.
struct Context {
  Output& out;
  ProgressStyle progress = ProgressStyle::kAuto;
};

// Parses, calls the library, prints, and gives the exit code. No logic.
class Command {
 public:
  virtual ~Command() = default;
  virtual std::string_view name() const = 0;
  virtual std::string_view summary() const = 0;  // one line
  virtual std::string_view examples() const = 0;
  // Bound to the command's own members.
  virtual std::vector<Option> options() = 0;
  virtual ExitCode Run(const Context& context) = 0;
};

std::unique_ptr<Command> MakeLsCommand();
std::unique_ptr<Command> MakeCatCommand();
std::unique_ptr<Command> MakeInfoCommand();
std::unique_ptr<Command> MakeStatsCommand();
std::unique_ptr<Command> MakeVerifyCommand();
std::unique_ptr<Command> MakeDiffCommand();
std::unique_ptr<Command> MakeStateCommand();
std::unique_ptr<Command> MakeMetaCommand();
std::unique_ptr<Command> MakeConvertCommand();
std::unique_ptr<Command> MakePruneCommand();
std::unique_ptr<Command> MakeMergeCommand();
std::unique_ptr<Command> MakeAverageCommand();
std::unique_ptr<Command> MakeAddCommand();
std::unique_ptr<Command> MakeSubtractCommand();
std::unique_ptr<Command> MakeRestoreCommand();
std::unique_ptr<Command> MakeRepairCommand();
std::unique_ptr<Command> MakeCompletionCommand();
std::unique_ptr<Command> MakeHelpCommand();

// Every verb, in the order in which help lists them.
std::vector<std::unique_ptr<Command>> MakeCommands();

}  // namespace cairn::cli

#endif  // CAIRN_CLI_COMMAND_H_
