// The one list of verbs.
#include "cli/command.h"

namespace cairn::cli {

std::vector<std::unique_ptr<Command>> MakeCommands() {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(MakeLsCommand());
  commands.push_back(MakeCatCommand());
  commands.push_back(MakeInfoCommand());
  commands.push_back(MakeStatsCommand());
  commands.push_back(MakeVerifyCommand());
  commands.push_back(MakeDiffCommand());
  commands.push_back(MakeStateCommand());
  commands.push_back(MakeMetaCommand());
  commands.push_back(MakeConvertCommand());
  commands.push_back(MakePruneCommand());
  commands.push_back(MakeMergeCommand());
  commands.push_back(MakeAverageCommand());
  commands.push_back(MakeAddCommand());
  commands.push_back(MakeSubtractCommand());
  commands.push_back(MakeRestoreCommand());
  commands.push_back(MakeRepairCommand());
  commands.push_back(MakeCompletionCommand());
  commands.push_back(MakeHelpCommand());
  return commands;
}

}  // namespace cairn::cli
