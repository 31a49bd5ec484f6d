#include "cli/signals.h"

#include <unistd.h>

#include <csignal>
#include <string_view>

#include "cli/output.h"

namespace cairn::cli {
namespace {

std::atomic<bool> is_awaited = false;
std::atomic<bool> is_interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "handlers may only touch lock-free values");

void OnInterrupt(int) {
  if (!is_awaited || is_interrupted.exchange(true)) ::_exit(kInterrupted);
}

void WriteFromHandler(std::string_view text) {
  // Nothing is left to do where even this fails.
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

}  // namespace

void InstallSignalHandlers() {
  Install(SIGINT, OnInterrupt);
  Install(SIGPIPE, SIG_IGN);
  Install(SIGXFSZ, SIG_IGN);  // a file over the limit of the process is an error, not the end
  Install(SIGBUS, OnCutFile);
}

const std::atomic<bool>& CatchInterrupt() {
  is_awaited = true;
  return is_interrupted;
}

}  // namespace cairn::cli
