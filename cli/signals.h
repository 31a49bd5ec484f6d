// What a signal does to the program.
#ifndef CAIRN_CLI_SIGNALS_H_
#define CAIRN_CLI_SIGNALS_H_

#include <atomic>

namespace cairn::cli {

// SIGINT    ends the program with 130, unless CatchInterrupt was called
// SIGPIPE   ignored: writing to a closed pipe fails with an error instead
// SIGBUS    a mapped file was cut by somebody else: one clear line, exit code 1. Only files that
// are
//           mapped can raise it. `verify` maps, because it reads everything and that is fastest;
//           the other verbs read, and answer with an error that names the file.
void InstallSignalHandlers();

// From now on the first SIGINT only sets the flag, so that work stops where nothing is left half
// done (TransferOptions::cancel); a second one ends the program at once.
const std::atomic<bool>& CatchInterrupt();

}  // namespace cairn::cli

#endif  // CAIRN_CLI_SIGNALS_H_
