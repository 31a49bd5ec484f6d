// Says what a signal does to the program.
#ifndef CAIRN_CLI_SIGNALS_H_
#define CAIRN_CLI_SIGNALS_H_

#include <atomic>

namespace cairn::cli {

// SIGINT, SIGTERM, SIGHUP
//           end the program with 128 + the signal's number (130 for SIGINT), unless CatchInterrupt
//           was called. One that was ignored when the program began stays ignored.
// SIGPIPE   is ignored: writing to a closed pipe fails with an error instead.
// SIGBUS    means that a mapped file was cut by somebody else: one clear line, exit code 1. Only
//           files that are mapped can raise it. `verify` and `diff` map, because they read
//           everything and that is fastest; the other verbs read, and answer with an error that
//           names the file.
void InstallSignalHandlers();

// From now on the first of these signals only sets the flag, so that work stops where nothing is
// left half done and temporary files are removed (TransferOptions::cancel). A second SIGINT ends
// the program at once; a second SIGTERM or SIGHUP, which some systems send together, does nothing.
const std::atomic<bool>& CatchInterrupt();

// Returns a descriptor that can be read from as soon as such a flag is set, for poll(); -1 before
// CatchInterrupt, or if there was none to be had.
int InterruptFd();

// From now on a signal that ends the program first writes `leave` to stdout, and so does one that
// stops it (Ctrl-Z), which writes `enter` when the program goes on: a screen that the program has
// taken over is given back. Texts that live as long as the program.
void GuardScreen(const char* enter, const char* leave);
// The screen was given back.
void ReleaseScreen();

// The exit code of a program that was interrupted: 128 + the number of the first signal.
int CodeOfInterrupt();

}  // namespace cairn::cli

#endif  // CAIRN_CLI_SIGNALS_H_
