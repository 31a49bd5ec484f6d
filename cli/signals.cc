#include "cli/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>

#include "cli/output.h"

namespace cairn::cli {
namespace {

std::atomic<bool> is_awaited = false;
std::atomic<bool> is_caught = false;
std::atomic<bool> is_cut_reported = false;
std::atomic<int> first_signal = 0;
// A pipe, so that poll() can wait for a signal that any of the threads took. It gets one byte,
// which is never read.
std::atomic<int> interrupt_reader = -1;
std::atomic<int> interrupt_writer = -1;
// What enters and leaves the screen that the program has taken over; null while it has none.
std::atomic<const char*> screen_enter = nullptr;
std::atomic<const char*> screen_leave = nullptr;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free &&
                  std::atomic<const char*>::is_always_lock_free,
              "handlers may only touch lock-free values");

// The exit code that a shell reports for a program that the signal ended.
int CodeOf(int signal) { return 128 + signal; }

void TellThoseWhoWait() {
  const int saved_errno = errno;
  [[maybe_unused]] const ssize_t count = ::write(interrupt_writer, "!", 1);
  errno = saved_errno;
}

void WriteFromHandler(int fd, std::string_view text) {
  // If even this fails, there is nothing left to do.
  [[maybe_unused]] const ssize_t count = ::write(fd, text.data(), text.size());
}

// Where the terminal takes nothing now, a handler must not wait for it.
void WriteToScreen(const char* text) {
  pollfd terminal = {STDOUT_FILENO, POLLOUT, 0};
  if (text != nullptr && ::poll(&terminal, 1, 0) == 1) WriteFromHandler(STDOUT_FILENO, text);
}

[[noreturn]] void EndAtOnce(int code) {
  WriteToScreen(screen_leave);
  ::_exit(code);
}

void OnStop(int signal) {
  if (!is_awaited) EndAtOnce(CodeOf(signal));
  if (!is_caught.exchange(true)) {
    first_signal = signal;
    TellThoseWhoWait();
  } else if (signal == SIGINT) {
    EndAtOnce(CodeOf(signal));
  }
}

void OnCutFile(int) {
  // Several threads may read what was cut: the first one speaks, and ends the others, too.
  while (is_cut_reported.exchange(true)) ::pause();
  WriteToScreen(screen_leave);
  // A progress bar may stand on the line.
  if (::isatty(STDERR_FILENO) == 1) WriteFromHandler(STDERR_FILENO, "\n");
  WriteFromHandler(STDERR_FILENO,
                   "cairn: error: a file was cut while it was read\n"
                   "hint: something else is writing there; try again when it has ended\n");
  ::_exit(kFinding);
}

// Ctrl-Z: the shell has its screen while the program is stopped.
void OnSuspend(int) {
  const int saved_errno = errno;
  WriteToScreen(screen_leave);
  ::kill(::getpid(), SIGSTOP);
  WriteToScreen(screen_enter);
  errno = saved_errno;
}

// Ctrl-\: the program ends as it would without this handler, which the system has removed.
void OnQuit(int signal) {
  WriteToScreen(screen_leave);
  ::raise(signal);
}

void Install(int signal, void (*handler)(int), int flags = 0) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART | flags;
  ::sigaction(signal, &action, nullptr);
}

// nohup, and shells for jobs in the background, have signals ignored: that stays so.
void InstallUnlessIgnored(int signal, void (*handler)(int), int flags = 0) {
  struct sigaction old = {};
  if (::sigaction(signal, nullptr, &old) == 0 && old.sa_handler == SIG_IGN) return;
  Install(signal, handler, flags);
}

}  // namespace

void InstallSignalHandlers() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) InstallUnlessIgnored(signal, OnStop);
  Install(SIGPIPE, SIG_IGN);
  Install(SIGXFSZ, SIG_IGN);  // a file over the limit of the process is an error, not the end
  Install(SIGBUS, OnCutFile);
}

const std::atomic<bool>& CatchInterrupt() {
  int ends[2];
  if (interrupt_reader < 0 && ::pipe2(ends, O_CLOEXEC) == 0) {
    interrupt_writer = ends[1];
    interrupt_reader = ends[0];
  }
  is_awaited = true;
  return is_caught;
}

int InterruptFd() { return interrupt_reader; }

void GuardScreen(const char* enter, const char* leave) {
  screen_enter = enter;
  screen_leave = leave;
  InstallUnlessIgnored(SIGTSTP, OnSuspend);
  InstallUnlessIgnored(SIGQUIT, OnQuit, SA_RESETHAND);
}

void ReleaseScreen() {
  screen_enter = nullptr;
  screen_leave = nullptr;
}

int CodeOfInterrupt() { return CodeOf(first_signal == 0 ? SIGINT : first_signal.load()); }

}  // namespace cairn::cli
