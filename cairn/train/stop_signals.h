// Signals that ask a training to save and stop: those of a scheduler, and Ctrl-C.
#ifndef CAIRN_TRAIN_STOP_SIGNALS_H_
#define CAIRN_TRAIN_STOP_SIGNALS_H_

#include <atomic>
#include <csignal>
#include <functional>
#include <memory>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/core/status.h"
#include "cairn/train/trainer.h"

namespace cairn {

// EX_TEMPFAIL of sysexits.h. Schedulers know it as "try again": the training is not done, and
// nothing is wrong with it.
inline constexpr int kExitTryAgain = 75;

// Returns the exit code of a program that trains: 0 for a training that has finished,
// kExitTryAgain for one that was stopped to be resumed, 1 for an error.
CAIRN_EXPORT int ExitCode(const Result<TrainEnd>& end);

// While an object of this class exists, the first of its signals asks for a stop, and the second,
// which may be another of them, ends the process at once, as if it had never been caught:
//
//   CAIRN_ASSIGN_OR_RETURN(const auto signals, StopSignals::Install());
//   config.should_stop = signals->should_stop();
//   const Result<TrainEnd> end = Train(config);
//   return ExitCode(end);
//
// A process has one set of signal handlers, and a handler can only reach what is global. So this
// class has the one global state of the library that changes, two atomic numbers that the handler
// writes, and a process can have one object of it at a time.
class CAIRN_EXPORT StopSignals {
 public:
  // SIGTERM and SIGUSR1 are what schedulers send, SIGINT is Ctrl-C.
  static std::vector<int> DefaultSignals() { return {SIGTERM, SIGINT, SIGUSR1}; }

  // Installs the handlers. A signal that the process ignores stays ignored, as nohup and shells ask
  // for it. System calls that a signal interrupts are restarted (SA_RESTART). Errors: kArgument (a
  // number that is not a signal, or one that cannot be caught, as SIGKILL; nothing is installed),
  // kExists (there is such an object).
  static Result<std::unique_ptr<StopSignals>> Install(
      const std::vector<int>& signals = DefaultSignals());

  // Puts the earlier handlers back.
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Asks for a stop as a signal does, for everything else that announces one, such as the
  // preemption notice of a cloud. It does not count as a signal: the next one does not end the
  // process. Safe in any thread.
  void RequestStop() { is_requested_ = true; }

  // Safe in any thread.
  bool is_stop_requested() const;
  // The first signal that came, or 0.
  int signal() const;

  // Returns is_stop_requested as TrainConfig takes it. It borrows this object.
  std::function<bool()> should_stop() const {
    return [this] { return is_stop_requested(); };
  }

 private:
  struct Earlier;

  StopSignals();

  std::atomic<bool> is_requested_ = false;
  std::vector<Earlier> earlier_;  // handlers to put back
};

}  // namespace cairn

#endif  // CAIRN_TRAIN_STOP_SIGNALS_H_
