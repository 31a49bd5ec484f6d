#include "cairn/run/run_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cairn/io/memory_file_system.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/temp_directory.h"

namespace cairn {
namespace {

using testing::HasSubstr;

std::string Content(FileSystem& fs, const std::string& path) {
  const auto file = fs.OpenForReading(path, Access::kRead);
  if (!file.ok()) return std::string(file.status().message());
  std::string text((*file)->size(), '\0');
  EXPECT_TRUE((*file)->ReadAt(0, std::as_writable_bytes(std::span(text))).ok());
  return text;
}

TEST(LeaseTest, TextComesBack) {
  const Lease free{.number = 7};
  EXPECT_EQ(FormatLease(free), "lease: 7\n");
  EXPECT_EQ(ParseLease("lease: 7\n")->number, 7u);
  EXPECT_EQ(ParseLease("lease: 7\n")->holder, std::nullopt);
  const Lease held{.number = UINT64_MAX, .holder = ThisProcess()};
  const auto parsed = ParseLease(FormatLease(held));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->number, held.number);
  EXPECT_EQ(parsed->holder, held.holder);
}

TEST(LeaseTest, WhatIsCutOrDamagedIsNoLease) {
  const std::string text = FormatLease({.number = 12, .holder = ThisProcess()});
  for (size_t length = 0; length < text.size(); ++length) {
    const auto parsed = ParseLease(std::string_view(text).substr(0, length));
    // After its first line it looks like a lease that ended well, as it does on purpose.
    EXPECT_EQ(parsed.has_value(), length == text.find('\n') + 1) << length;
  }
  for (const char* damaged : {"", "\n", "lease: \n", "lease: x\n", "lease: -1\n", "lease: 7",
                              "lease: 99999999999999999999\n", "lease: 7\nhost: a\n", "Lease: 7\n"})
    EXPECT_FALSE(ParseLease(damaged).has_value()) << damaged;
  EXPECT_FALSE(ParseLease(std::string(text.size(), '\0')).has_value());
}

TEST(LeaseTest, ItsEnvironmentComesBack) {
  const std::string environment = "tensorflow 2.21, 2 threads\nhost: \\x";
  const Lease free{.number = 7, .environment = environment};
  EXPECT_EQ(FormatLease(free), "lease: 7\nenvironment: tensorflow 2.21, 2 threads\\nhost: \\\\x\n");
  for (const Lease& lease :
       {free, Lease{.number = 8, .environment = environment, .holder = ThisProcess()}}) {
    const std::string text = FormatLease(lease);
    const auto parsed = ParseLease(text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->environment, environment);
    EXPECT_EQ(parsed->holder, lease.holder);
    for (size_t length = 0; length < text.size(); ++length) {
      const bool is_free = length == text.find('\n') + 1 || length == FormatLease(free).size();
      EXPECT_EQ(ParseLease(text.substr(0, length)).has_value(), is_free) << length;
    }
  }
  for (const char* damaged :
       {"lease: 7\nenvironment: \n", "lease: 7\nenvironment: a\\q\n",
        "lease: 7\nenvironment: a\nenvironment: b\n", "environment: a\nlease: 7\n"})
    EXPECT_FALSE(ParseLease(damaged).has_value()) << damaged;
}

class RunLockTest : public testing::Test {
 protected:
  RunLockTest() { EXPECT_TRUE(memory_.CreateDirectories("run").ok()); }
  void PutLease(const Lease& lease) {
    EXPECT_TRUE(memory_.Put("run/.cairn.lock", AsBytes(FormatLease(lease))).ok());
  }
  static ProcessIdentity Gone() {
    ProcessIdentity gone = ThisProcess();
    gone.boot = "an earlier start of this machine";
    return gone;
  }
  static ProcessIdentity Elsewhere() {
    ProcessIdentity other = ThisProcess();
    other.host = "node-17";
    other.process = 4711;
    return other;
  }

  MemoryFileSystem memory_;
};

TEST_F(RunLockTest, IsWrittenWhileHeldAndFreedAfterwards) {
  {
    const auto lock = RunLock::Acquire(memory_, "run");
    ASSERT_TRUE(lock.ok()) << lock.status().message();
    EXPECT_EQ(lock->warning(), "");
    EXPECT_TRUE(lock->CheckHeld().ok());
    EXPECT_EQ(Content(memory_, "run/.cairn.lock"),
              FormatLease({.number = 1, .holder = ThisProcess()}));
  }
  EXPECT_EQ(Content(memory_, "run/.cairn.lock"), "lease: 1\n");
  ASSERT_TRUE(RunLock::Acquire(memory_, "run").ok());
  EXPECT_EQ(Content(memory_, "run/.cairn.lock"), "lease: 2\n");
}

TEST_F(RunLockTest, ASecondOneIsRefusedAndChangesNothing) {
  const auto first = RunLock::Acquire(memory_, "run");
  FaultFileSystem watched(memory_);
  const std::string before = Content(memory_, "run/.cairn.lock");
  const Status second = RunLock::Acquire(watched, "run", IfHeldElsewhere::kTakeOver).status();
  EXPECT_EQ(second.reason(), Reason::kLocked);
  EXPECT_EQ(second.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.message()),
              HasSubstr("run: is locked by process " + std::to_string(::getpid()) + " on host "));
  EXPECT_EQ(Content(memory_, "run/.cairn.lock"), before);
  EXPECT_EQ(watched.script().count(Call::kWrite), 0u);
}

TEST_F(RunLockTest, TheLeaseOfAProcessThatIsGoneIsTakenOver) {
  PutLease({.number = 5, .holder = Gone()});
  const auto lock = RunLock::Acquire(memory_, "run");
  ASSERT_TRUE(lock.ok()) << lock.status().message();
  EXPECT_EQ(ParseLease(Content(memory_, "run/.cairn.lock"))->number, 6u);
}

TEST_F(RunLockTest, WhatAPowerCutLeftIsNoHolder) {
  ASSERT_TRUE(memory_.Put("run/.cairn.lock", AsBytes(std::string(100, '\0'))).ok());
  EXPECT_TRUE(RunLock::Acquire(memory_, "run").ok());
}

TEST_F(RunLockTest, TheLeaseOfAnotherHostIsTakenOverOnRequestOnly) {
  PutLease({.number = 5, .holder = Elsewhere()});
  const Status refused = RunLock::Acquire(memory_, "run").status();
  EXPECT_EQ(refused.reason(), Reason::kLocked);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("process 4711 on host 'node-17', lease 5"));
  EXPECT_THAT(std::string(refused.hint()), HasSubstr("IfHeldElsewhere::kTakeOver"));
  EXPECT_EQ(Content(memory_, "run/.cairn.lock"), FormatLease({.number = 5, .holder = Elsewhere()}));
  EXPECT_TRUE(RunLock::Acquire(memory_, "run", IfHeldElsewhere::kTakeOver).ok());
  EXPECT_EQ(Content(memory_, "run/.cairn.lock"), "lease: 6\n");
}

TEST_F(RunLockTest, AHolderWhoseLeaseWasTakenOverNotices) {
  const auto lock = RunLock::Acquire(memory_, "run");
  const Lease other{.number = 2, .holder = Elsewhere()};
  PutLease(other);
  const Status held = lock->CheckHeld();
  EXPECT_EQ(held.reason(), Reason::kLocked);
  EXPECT_THAT(std::string(held.message()),
              HasSubstr("taken over by process 4711 on host 'node-17'"));
}

TEST_F(RunLockTest, TheLeaseOfAnotherIsNotEnded) {
  const Lease other{.number = 2, .holder = Elsewhere()};
  {
    const auto lock = RunLock::Acquire(memory_, "run");
    PutLease(other);
  }
  EXPECT_EQ(Content(memory_, "run/.cairn.lock"), FormatLease(other));
}

TEST_F(RunLockTest, ALockFileThatWasRemovedKeepsNobodyOut) {
  const auto lock = RunLock::Acquire(memory_, "run");
  ASSERT_TRUE(memory_.Remove("run/.cairn.lock").ok());
  EXPECT_EQ(lock->CheckHeld().reason(), Reason::kGone);
}

TEST_F(RunLockTest, ErrorsOfTheMachineAreErrors) {
  for (const Call call : {Call::kLock, Call::kRead, Call::kWrite}) {
    FaultFileSystem faulty(memory_);
    faulty.script().Inject({.call = call});
    EXPECT_EQ(RunLock::Acquire(faulty, "run").status().reason(), Reason::kIo) << Name(call);
  }
  EXPECT_TRUE(RunLock::Acquire(memory_, "run").ok());
}

TEST_F(RunLockTest, AFileSystemWithoutLocksIsSaid) {
  FaultFileSystem without(memory_);
  without.script().Inject(
      {.call = Call::kLock, .reason = Reason::kUnsupported, .repeat = Repeat::kSticky});
  const auto lock = RunLock::Acquire(without, "run");
  ASSERT_TRUE(lock.ok());
  EXPECT_THAT(lock->warning(), HasSubstr("run: its file system has no locks"));
  EXPECT_TRUE(lock->CheckHeld().ok());
}

TEST_F(RunLockTest, KeepsTheEnvironmentOfTheLastWriter) {
  EXPECT_EQ(ReadLease(memory_, "run").value(), std::nullopt);
  {
    const auto lock = RunLock::Acquire(memory_, "run", IfHeldElsewhere::kFail, "2 threads");
    ASSERT_TRUE(lock.ok()) << lock.status().message();
    EXPECT_TRUE(lock->CheckHeld().ok());
    EXPECT_EQ(ReadLease(memory_, "run")->value().environment, "2 threads");
  }
  EXPECT_EQ(Content(memory_, "run/.cairn.lock"), "lease: 1\nenvironment: 2 threads\n");
  ASSERT_TRUE(RunLock::Acquire(memory_, "run").ok());
  EXPECT_EQ(Content(memory_, "run/.cairn.lock"), "lease: 2\n");
}

TEST_F(RunLockTest, RefusesAnEnvironmentThatIsTooLong) {
  const std::string longest(kMaxEnvironmentNbytes, 'x');
  EXPECT_TRUE(RunLock::Acquire(memory_, "run", IfHeldElsewhere::kFail, longest).ok());
  EXPECT_EQ(ReadLease(memory_, "run")->value().environment, longest);
  const std::string before = Content(memory_, "run/.cairn.lock");
  EXPECT_EQ(
      RunLock::Acquire(memory_, "run", IfHeldElsewhere::kFail, longest + "x").status().reason(),
      Reason::kArgument);
  EXPECT_EQ(Content(memory_, "run/.cairn.lock"), before);
}

// The rest needs real files and processes.

TEST(LocalRunLockTest, AnotherProcessIsRefusedUntilTheHolderDies) {
  TempDirectory temp;
  FileSystem& fs = LocalFileSystem();
  int ready[2], die[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(die), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = RunLock::Acquire(fs, temp.path());
    char byte = lock.ok() ? 'y' : 'n';
    (void)!::write(ready[1], &byte, 1);
    (void)!::read(die[0], &byte, 1);
    ::_exit(0);  // as a process that is killed: nothing is cleaned up
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  const Status refused = RunLock::Acquire(fs, temp.path()).status();
  EXPECT_EQ(refused.reason(), Reason::kLocked);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("process " + std::to_string(child)));
  ASSERT_EQ(::write(die[1], &byte, 1), 1);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  const auto lock = RunLock::Acquire(fs, temp.path());
  ASSERT_TRUE(lock.ok()) << lock.status().message();
  EXPECT_EQ(ParseLease(Content(fs, temp.path() + "/.cairn.lock"))->number, 2u);
  for (const int fd : {ready[0], ready[1], die[0], die[1]}) ::close(fd);
}

TEST(LocalRunLockTest, AForkedChildDoesNotEndTheLeaseOfItsParent) {
  TempDirectory temp;
  auto lock = RunLock::Acquire(LocalFileSystem(), temp.path());
  ASSERT_TRUE(lock.ok());
  const pid_t child = ::fork();
  if (child == 0) {
    {
      const RunLock copy = *std::move(lock);
    }
    ::_exit(0);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(lock->CheckHeld().ok());
}

TEST(LocalRunLockTest, WhatIsNotAFileIsRefused) {
  TempDirectory temp;
  FileSystem& fs = LocalFileSystem();
  const std::string path = temp.path() + "/.cairn.lock";
  ASSERT_EQ(::symlink("/tmp/elsewhere", path.c_str()), 0);
  EXPECT_EQ(RunLock::Acquire(fs, temp.path()).status().reason(), Reason::kFileType);
  ASSERT_TRUE(fs.Remove(path).ok());
  ASSERT_TRUE(fs.CreateDirectories(path).ok());
  EXPECT_EQ(RunLock::Acquire(fs, temp.path()).status().reason(), Reason::kFileType);
}

TEST(ProcessIdentityTest, KnowsThisProcessAndOthers) {
  const ProcessIdentity self = ThisProcess();
  EXPECT_EQ(self.process, ::getpid());
  EXPECT_NE(self.started, 0u);
  EXPECT_FALSE(self.boot.empty());
  EXPECT_TRUE(IsOnThisHost(self));
  EXPECT_TRUE(IsRunning(self));
  ProcessIdentity reused = self;
  reused.started -= 1;
  EXPECT_FALSE(IsRunning(reused));
  ProcessIdentity rebooted = self;
  rebooted.boot = "another";
  EXPECT_FALSE(IsRunning(rebooted));
  // A machine's id that could not be read makes no other host of it.
  ProcessIdentity unread = self;
  unread.machine = "";
  EXPECT_TRUE(IsOnThisHost(unread));
  unread.boot = "another";
  EXPECT_EQ(IsOnThisHost(unread), self.machine.empty());
  unread.boot = "";
  EXPECT_TRUE(IsOnThisHost(unread));
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  ProcessIdentity ended = self;
  ended.process = child;
  EXPECT_FALSE(IsRunning(ended));
}

}  // namespace
}  // namespace cairn
