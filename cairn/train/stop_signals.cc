#include "cairn/train/stop_signals.h"

#include <cerrno>
#include <cstring>

namespace cairn {
namespace {

// All that a handler touches. A handler may use atomics without a lock, and nothing else that other
// threads use.
std::atomic<bool> are_stop_signals_installed = false;
std::atomic<int> first_stop_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free);

// Ends the process as the signal does where nobody catches it. Async-signal-safe.
void EndBySignal(int signal) {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  ::sigaction(signal, &action, nullptr);
  // The signal is blocked while it is handled, and is delivered when this handler returns.
  ::raise(signal);
}

void OnStopSignal(int signal) {
  const int saved_errno = errno;
  int none = 0;
  if (!first_stop_signal.compare_exchange_strong(none, signal)) EndBySignal(signal);
  errno = saved_errno;
}

}  // namespace

int ExitCode(const Result<TrainEnd>& end) {
  if (!end.ok()) return 1;
  return end->was_stopped ? kExitTryAgain : 0;
}

struct StopSignals::Earlier {
  int signal = 0;
  struct sigaction action = {};
};

StopSignals::StopSignals() = default;

Result<std::unique_ptr<StopSignals>> StopSignals::Install(const std::vector<int>& signals) {
  if (are_stop_signals_installed.exchange(true))
    return Status(Reason::kExists, "this process has StopSignals already, and can have one");
  first_stop_signal = 0;
  // Its destructor puts back what was installed before an error.
  std::unique_ptr<StopSignals> installed(new StopSignals());
  for (const int signal : signals) {
    Earlier earlier{.signal = signal};
    struct sigaction action = {};
    action.sa_handler = OnStopSignal;
    action.sa_flags = SA_RESTART;
    const bool is_known = ::sigaction(signal, nullptr, &earlier.action) == 0;
    // A signal that is given twice is installed once.
    if (is_known &&
        (earlier.action.sa_handler == SIG_IGN || earlier.action.sa_handler == OnStopSignal))
      continue;
    if (!is_known || ::sigaction(signal, &action, nullptr) != 0)
      return Status(Reason::kArgument, "signal " + std::to_string(signal) +
                                           " cannot be caught: " + std::strerror(errno));
    installed->earlier_.push_back(earlier);
  }
  return installed;
}

StopSignals::~StopSignals() {
  for (const Earlier& earlier : earlier_) ::sigaction(earlier.signal, &earlier.action, nullptr);
  are_stop_signals_installed = false;
}

bool StopSignals::is_stop_requested() const { return is_requested_ || first_stop_signal != 0; }

int StopSignals::signal() const { return first_stop_signal; }

}  // namespace cairn
