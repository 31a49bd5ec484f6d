#include "cairn/train/stop_signals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

namespace cairn {
namespace {

using testing::HasSubstr;

// Returns how a child process that runs `body` ends: its exit code, or minus the signal that ended
// it.
template <typename Body>
int EndOfChild(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    // Who runs the tests may ignore or block these.
    for (const int signal : StopSignals::DefaultSignals()) ::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::_exit(body());
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

// Installs the default signals, raises the given ones, and ends with the first one that came.
int EndAfter(std::vector<int> raised) {
  return EndOfChild([&] {
    const auto signals = StopSignals::Install();
    if (!signals.ok() || (*signals)->is_stop_requested()) return 200;
    for (const int signal : raised) ::raise(signal);
    return (*signals)->is_stop_requested() ? (*signals)->signal() : 201;
  });
}

TEST(StopSignalsTest, TheFirstSignalAsksForAStop) {
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) EXPECT_EQ(EndAfter({signal}), signal);
  EXPECT_EQ(EndAfter({}), 201);
}

TEST(StopSignalsTest, TheSecondEndsTheProcessAtOnce) {
  for (const int first : {SIGTERM, SIGINT, SIGUSR1}) {
    for (const int second : {SIGTERM, SIGINT, SIGUSR1})
      EXPECT_EQ(EndAfter({first, second}), -second) << first;
  }
}

TEST(StopSignalsTest, ASignalThatIsNotChosenIsLeftAlone) {
  EXPECT_EQ(EndOfChild([] {
              const auto signals = StopSignals::Install({SIGTERM});
              ::raise(SIGUSR1);
              return 0;
            }),
            -SIGUSR1);
}

TEST(StopSignalsTest, ARequestIsNoSignal) {
  EXPECT_EQ(EndOfChild([] {
              const auto signals = StopSignals::Install();
              std::thread notice([&] { (*signals)->RequestStop(); });
              notice.join();
              if (!(*signals)->is_stop_requested() || (*signals)->signal() != 0) return 200;
              ::raise(SIGTERM);
              return (*signals)->signal();
            }),
            SIGTERM);
}

TEST(StopSignalsTest, PutsTheEarlierHandlersBack) {
  EXPECT_EQ(EndOfChild([] {
              ::signal(SIGINT, [](int) { ::_exit(3); });
              {
                const auto signals = StopSignals::Install();
                ::raise(SIGINT);
              }
              ::raise(SIGINT);
              return 200;
            }),
            3);
  EXPECT_EQ(EndOfChild([] {
              {
                const auto signals = StopSignals::Install();
              }
              ::raise(SIGTERM);
              return 200;
            }),
            -SIGTERM);
}

TEST(StopSignalsTest, ANewOneHasSeenNothing) {
  EXPECT_EQ(EndOfChild([] {
              {
                const auto signals = StopSignals::Install();
                ::raise(SIGTERM);
              }
              const auto signals = StopSignals::Install();
              if ((*signals)->is_stop_requested()) return 200;
              ::raise(SIGUSR1);
              return (*signals)->signal();
            }),
            SIGUSR1);
}

TEST(StopSignalsTest, WhatTheProcessIgnoresStaysIgnored) {
  EXPECT_EQ(EndOfChild([] {
              ::signal(SIGINT, SIG_IGN);
              const auto signals = StopSignals::Install();
              ::raise(SIGINT);
              ::raise(SIGINT);
              return (*signals)->is_stop_requested() ? 200 : 0;
            }),
            0);
}

TEST(StopSignalsTest, InterruptedSystemCallsGoOn) {
  EXPECT_EQ(EndOfChild([] {
              const auto signals = StopSignals::Install();
              int ends[2];
              if (::pipe(ends) != 0) return 200;
              const pthread_t reader = ::pthread_self();
              std::thread sender([&] {
                // By then the reader waits in read, or the test proves nothing this time.
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
                // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread): it is caught.
                ::pthread_kill(reader, SIGTERM);
                while ((*signals)->signal() == 0) std::this_thread::yield();
                (void)!::write(ends[1], "x", 1);
              });
              char byte = 0;
              const ssize_t got = ::read(ends[0], &byte, 1);
              sender.join();
              return got == 1 && byte == 'x' ? 0 : 201;
            }),
            0);
}

TEST(StopSignalsTest, AProcessHasOne) {
  auto first = StopSignals::Install();
  ASSERT_TRUE(first.ok()) << first.status().message();
  EXPECT_EQ(StopSignals::Install().status().reason(), Reason::kExists);
  first->reset();
  EXPECT_TRUE(StopSignals::Install().ok());
}

TEST(StopSignalsTest, RefusesWhatCannotBeCaught) {
  for (const int signal : {SIGKILL, SIGSTOP, 0, -1, 1000}) {
    const Status status = StopSignals::Install({SIGTERM, signal}).status();
    EXPECT_EQ(status.reason(), Reason::kArgument) << signal;
    EXPECT_THAT(std::string(status.message()), HasSubstr("signal " + std::to_string(signal)));
    struct sigaction now = {};
    ASSERT_EQ(::sigaction(SIGTERM, nullptr, &now), 0);
    EXPECT_EQ(now.sa_handler, SIG_DFL) << "SIGTERM stays installed after an error";
  }
  EXPECT_TRUE(StopSignals::Install({SIGTERM, SIGTERM}).ok());
}

TEST(ExitCodeTest, SaysWhatASchedulerMustKnow) {
  EXPECT_EQ(ExitCode(TrainEnd{}), 0);
  EXPECT_EQ(ExitCode(TrainEnd{.was_stopped = true}), 75);
  EXPECT_EQ(ExitCode(Status(Reason::kNoSpace, "full")), 1);
}

// The whole way: a signal in the middle of a step.
TEST(StopSignalsTest, StopsATrainingAfterItsStep) {
  EXPECT_EQ(EndOfChild([] {
              const auto signals = StopSignals::Install();
              RunComponents components;
              int64_t steps = 0;
              const auto end = Train({.step =
                                          [&](const TrainPosition& position) {
                                            if (position.step == 3) ::raise(SIGTERM);
                                            return ++steps, Status();
                                          },
                                      .components = &components,
                                      .steps_per_epoch = 10,
                                      .should_stop = (*signals)->should_stop()});
              return steps == 4 && end.ok() && end->position.step == 4 ? ExitCode(end) : 200;
            }),
            kExitTryAgain);
}

}  // namespace
}  // namespace cairn
