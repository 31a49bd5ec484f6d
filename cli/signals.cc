#include "cli/signals.h"

#include <unistd.h>

#include <csignal>
#include <string_view>

#include "cli/output.h"

namespace cairn::cli {
namespace {

std::atomic<bool> is_awaited = false;
std::atomic<bool> is_interrupted = false;
std::atomic<int> first_signal = 0;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "handlers may only touch lock-free values");

// The exit code that a shell reports for a program that the signal ended.
int CodeOf(int signal) { return 128 + signal; }

void OnStop(int signal) {
  if (!is_awaited) ::_exit(CodeOf(signal));
  if (!is_interrupted.exchange(true)) {
    first_signal = signal;
  } else if (signal == SIGINT) {
    ::_exit(CodeOf(signal));
  }
}

void WriteFromHandler(std::string_view text) {
  // If even this fails, there is nothing left to do.
  [[maybe_unused]] const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
}

void OnCutFile(int) {
  // A progress bar may stand on the line.
  if (::isatty(STDERR_FILENO) == 1) WriteFromHandler("\n");
  WriteFromHandler(
      "cairn: error: a file was cut while it was read\n"
      "hint: something else is writing there; try again when it has ended\n");
  ::_exit(kFinding);
}

void Install(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

// nohup, and shells for jobs in the background, have signals ignored: that stays so.
void InstallUnlessIgnored(int signal, void (*handler)(int)) {
  struct sigaction old = {};
  if (::sigaction(signal, nullptr, &old) == 0 && old.sa_handler == SIG_IGN) return;
  Install(signal, handler);
}

}  // namespace

void InstallSignalHandlers() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) InstallUnlessIgnored(signal, OnStop);
  Install(SIGPIPE, SIG_IGN);
  Install(SIGXFSZ, SIG_IGN);  // a file over the limit of the process is an error, not the end
  Install(SIGBUS, OnCutFile);
}

const std::atomic<bool>& CatchInterrupt() {
  is_awaited = true;
  return is_interrupted;
}

int CodeOfInterrupt() { return CodeOf(first_signal == 0 ? SIGINT : first_signal.load()); }

}  // namespace cairn::cli
