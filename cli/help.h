// Makes the text of --help from the descriptions of verbs and options.
#ifndef CAIRN_CLI_HELP_H_
#define CAIRN_CLI_HELP_H_

#include <string>

#include "cli/command.h"

namespace cairn::cli {

// Fits a screen of 24 lines and 80 columns: the options that all verbs share that make a checkpoint
// have a text of their own.
std::string HelpOf(Command& command, const std::vector<Option>& options);
std::string HelpOfMaking();
std::string HelpOfProgram(std::span<const std::unique_ptr<Command>> commands);
// Version, and what is built in.
std::string VersionText();

}  // namespace cairn::cli

#endif  // CAIRN_CLI_HELP_H_
