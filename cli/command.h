// One subcommand each: parses, calls the library, prints, and gives the exit code. No logic.
#ifndef CAIRN_CLI_COMMAND_H_
#define CAIRN_CLI_COMMAND_H_

#include <CLI/CLI.hpp>

namespace cairn::cli {

// 0 done; 1 a finding (damage, differences, nothing matched); 2 bad usage or trouble with files;
// 130 on interrupt.
enum ExitCode : int { kDone = 0, kFinding = 1, kTrouble = 2, kInterrupted = 130 };

// Adds the verb to `app`; `exit_code` is set when it has run.
void AddLsCommand(CLI::App& app, int& exit_code);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_COMMAND_H_
