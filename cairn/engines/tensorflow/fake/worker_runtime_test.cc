// Tests workers that end, hang or say what they should not, with a library that stands in
// for TensorFlow.
#include "cairn/engines/tensorflow/worker_runtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "cairn/engines/tensorflow/fakes_fixture.h"
#include "cairn/engines/tensorflow/processes_fixture.h"
#include "cairn/engines/tensorflow/start_runtime.h"
#include "cairn/testing/sanitizer.h"
#include "cairn/testing/temp_directory.h"

namespace cairn::tensorflow {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Result<std::unique_ptr<Runtime>> StartWorker(TensorFlowOptions options = {}) {
  options.directory = DirectoryOfFake("good");
  options.process = TensorFlowProcess::kWorker;
  return StartRuntime(options);
}

Status RunTarget(Runtime& runtime, const std::string& target) {
  return runtime.Run({}, {}, {&target, 1}).status();
}

// Every call of a runtime whose worker is gone returns the same error, and leaves no process.
void ExpectGone(Runtime& runtime, const Status& error) {
  const std::vector<int64_t> dims = {3};
  const std::string expected = error.ToString();
  EXPECT_EQ(RunTarget(runtime, "fine").ToString(), expected);
  EXPECT_EQ(runtime.Import({}).ToString(), expected);
  EXPECT_EQ(runtime.KnownOps().status().ToString(), expected);
  EXPECT_EQ(runtime.NewTensor(DType::kFloat32, dims).status().ToString(), expected);
  StringTensor strings;
  for (int i = 0; i < 3; ++i) strings.Add("s");
  EXPECT_EQ(runtime.NewStrings(strings, dims).status().ToString(), expected);
  EXPECT_THAT(ChildrenOfThisProcess(), IsEmpty());
}

TEST(WorkerRuntimeTest, AnAbortInTheImportIsAnErrorWithItsMessage) {
  const auto runtime = StartWorker().value();
  const Status status = runtime->Import(AsBytes("abort rank >= 0 (-11 vs. 0)\n"));
  EXPECT_EQ(status.reason(), Reason::kEngine);
  EXPECT_EQ(status.message(),
            "TensorFlow aborted: F fake_tensorflow.cc:1] Check failed: rank >= 0 (-11 vs. 0)");
  ExpectGone(*runtime, status);
}

TEST(WorkerRuntimeTest, AnAbortInARunLeavesTensorsAsTheyAre) {
  const auto runtime = StartWorker().value();
  ASSERT_TRUE(runtime->Import(AsBytes("node abort\nnode fine\n")).ok());
  const std::string fetch = "fine";
  const auto fetched = runtime->Run({}, {&fetch, 1}, {}).value();
  const std::vector<int64_t> dims = {2};
  const auto made = runtime->NewTensor(DType::kInt32, dims).value();
  const Status status = RunTarget(*runtime, "abort");
  EXPECT_THAT(status.message(), HasSubstr("Check failed: run of abort"));
  ExpectGone(*runtime, status);
  EXPECT_EQ(LoadLittleEndian<int32_t>(fetched[0]->bytes().data()), 42);
  EXPECT_THAT(made->bytes(), SizeIs(8));
}

TEST(WorkerRuntimeTest, AWorkerThatIsKilledIsAnError) {
  const auto runtime = StartWorker().value();
  ASSERT_TRUE(runtime->Import(AsBytes("node hang\n")).ok());
  const auto workers = ChildrenOfThisProcess();
  ASSERT_THAT(workers, SizeIs(1));
  std::thread killer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ::kill(workers[0], SIGKILL);
  });
  const Status status = RunTarget(*runtime, "hang");
  killer.join();
  EXPECT_EQ(status.reason(), Reason::kEngine);
  EXPECT_EQ(status.message(), "the process of TensorFlow was killed");
  EXPECT_THAT(status.hint(), HasSubstr("memory"));
  ExpectGone(*runtime, status);
}

TEST(WorkerRuntimeTest, AWorkerThatIsKilledBetweenCallsIsAnErrorOfTheNext) {
  const auto runtime = StartWorker().value();
  const auto workers = ChildrenOfThisProcess();
  ASSERT_THAT(workers, SizeIs(1));
  ::kill(workers[0], SIGTERM);
  const Status status = runtime->Import(AsBytes("node fine\n"));
  EXPECT_EQ(status.message(), "the process of TensorFlow was ended by a signal, Terminated");
  ExpectGone(*runtime, status);
}

TEST(WorkerRuntimeTest, ACallThatTakesTooLongIsEnded) {
  const auto runtime = StartWorker({.worker_timeout_ms = 200}).value();
  ASSERT_TRUE(runtime->Import(AsBytes("node hang\n")).ok());
  const auto start = std::chrono::steady_clock::now();
  const Status status = RunTarget(*runtime, "hang");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  EXPECT_EQ(status.reason(), Reason::kEngine);
  EXPECT_THAT(status.message(), HasSubstr("did not finish within 200 ms"));
  EXPECT_THAT(status.hint(), HasSubstr("worker_timeout_ms"));
  ExpectGone(*runtime, status);
}

TEST(WorkerRuntimeTest, PrintingDoesNotBuyTime) {
  const auto runtime = StartWorker({.worker_timeout_ms = 200}).value();
  ASSERT_TRUE(runtime->Import(AsBytes("node babble\n")).ok());
  const Status status = RunTarget(*runtime, "babble");
  EXPECT_THAT(status.message(), HasSubstr("did not finish within 200 ms"));
  ExpectGone(*runtime, status);
}

TEST(WorkerRuntimeTest, TheLongestTimeIsLong) {
  const auto runtime = StartWorker({.worker_timeout_ms = INT64_MAX});
  EXPECT_TRUE(runtime.ok()) << runtime.status();
}

TEST(WorkerRuntimeTest, AGraphThatNeedsTooMuchMemoryEndsTheWorkerAlone) {
  if (kHasSlowSanitizer) GTEST_SKIP() << "a sanitizer needs more memory than the limit";
  const auto runtime = StartWorker({.worker_memory_limit = uint64_t{300} << 20}).value();
  ASSERT_TRUE(runtime->Import(AsBytes("node eat\n")).ok());
  const Status status = RunTarget(*runtime, "eat");
  EXPECT_EQ(status.reason(), Reason::kEngine);
  EXPECT_THAT(status.message(), HasSubstr("TensorFlow ran out of memory"));
  EXPECT_THAT(status.message(), HasSubstr("std::bad_alloc"));
  EXPECT_THAT(status.hint(), HasSubstr("worker_memory_limit"));
  ExpectGone(*runtime, status);
}

TEST(WorkerRuntimeTest, WhatIsFetchedIsWithinTheLimitOfMemory) {
  if (kHasSlowSanitizer) GTEST_SKIP() << "a sanitizer needs more memory than the limit";
  const auto runtime = StartWorker({.worker_memory_limit = uint64_t{64} << 20}).value();
  ASSERT_TRUE(runtime->Import(AsBytes("node echo\n")).ok());
  const std::vector<int64_t> dims = {8 << 20};
  const auto tensor = runtime->NewTensor(DType::kUInt8, dims).value();
  const std::vector<Feed> feeds = {{"echo", tensor}};
  const std::vector<std::string> once = {"echo"};
  const std::vector<std::string> often(9, "echo");
  EXPECT_TRUE(runtime->Run(feeds, once, {}).ok());
  const Status status = runtime->Run(feeds, often, {}).status();
  EXPECT_EQ(status.reason(), Reason::kNoMemory);
  EXPECT_EQ(status.message(), "cannot allocate 75497472 bytes");
  // The worker is as before.
  EXPECT_TRUE(runtime->Run(feeds, once, {}).ok());
}

TEST(WorkerRuntimeTest, OnlyTensorsOfTheRuntimeAreFed) {
  const auto runtime = StartWorker().value();
  ASSERT_TRUE(runtime->Import(AsBytes("node echo\n")).ok());
  const std::string fetch = "echo";
  const auto fetched = runtime->Run({}, {&fetch, 1}, {}).value();
  const Feed feed = {"echo", fetched[0]};
  EXPECT_EQ(runtime->Run({&feed, 1}, {&fetch, 1}, {}).status().reason(), Reason::kArgument);
}

TEST(WorkerRuntimeTest, TensorsThatAreDroppedAreDroppedInTheWorker) {
  const auto runtime = StartWorker().value();
  const auto workers = ChildrenOfThisProcess();
  ASSERT_THAT(workers, SizeIs(1));
  const std::vector<int64_t> dims = {1 << 20};
  const auto kept = runtime->NewTensor(DType::kUInt8, dims).value();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(runtime->NewTensor(DType::kUInt8, dims).ok());
  EXPECT_THAT(LinesOf(workers[0], "maps", "cairn-tensor "), SizeIs(2));
  EXPECT_THAT(LinesOf(::getpid(), "maps", "cairn-tensor "), SizeIs(1));
}

TEST(WorkerRuntimeTest, TheWorkerEndsWithItsRuntime) {
  auto runtime = StartWorker().value();
  ASSERT_THAT(ChildrenOfThisProcess(), SizeIs(1));
  runtime.reset();
  EXPECT_THAT(ChildrenOfThisProcess(), IsEmpty());
}

// Starts a worker, prints its process on descriptor `out`, and ends while it hangs.
[[noreturn]] void LeaveAWorkerBehind(int out) {
  const auto runtime = StartWorker();
  if (!runtime.ok() || !(*runtime)->Import(AsBytes("node hang\n")).ok()) ::_exit(1);
  const pid_t worker = ChildrenOfThisProcess().at(0);
  std::thread([&] { (void)RunTarget(**runtime, "hang"); }).detach();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  if (::write(out, &worker, sizeof worker) != sizeof worker) ::_exit(2);
  ::kill(::getpid(), SIGKILL);
  ::_exit(3);
}

TEST(WorkerRuntimeTest, TheWorkerEndsWithTheProcessThatStartedIt) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) LeaveAWorkerBehind(ends[1]);
  ::close(ends[1]);
  pid_t worker = 0;
  ASSERT_EQ(::read(ends[0], &worker, sizeof worker), sizeof worker);
  ::close(ends[0]);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(Becomes([&] { return HasEnded(worker); }));
}

// ---- Programs that are not the worker.

class OtherProgramTest : public testing::Test {
 protected:
  // The error of starting `script` as the worker program.
  Status StartScript(const std::string& script) {
    WriteScript(program_, script);
    return StartWorker({.worker_program = program_}).status();
  }

  TempDirectory directory_;
  std::string program_ = directory_.path() + "/worker";
};

TEST_F(OtherProgramTest, AMissingProgramIsNamed) {
  const Status status = StartWorker({.worker_program = program_}).status();
  EXPECT_EQ(status.reason(), Reason::kMissing);
  EXPECT_EQ(status.message(), program_ + ": cannot run the program: No such file or directory");
}

TEST_F(OtherProgramTest, AFileThatIsNotAProgramIsNamed) {
  WriteTextFile(program_, "text");
  const Status status = StartWorker({.worker_program = program_}).status();
  EXPECT_EQ(status.reason(), Reason::kMissing);
  EXPECT_EQ(status.path(), program_);
}

TEST_F(OtherProgramTest, WhatIsNotAnAnswerEndsIt) {
  // The head of an answer that is done, of so many bytes below 256, with `memory` descriptors.
  const auto head = [](const char* nbytes, const char* memory = "\\000") {
    return std::string(R"(\144\000\000\000)") + memory + R"(\000\000\000)" + nbytes +
           R"(\000\000\000\000\000\000\000)";
  };
  const struct {
    const char* why;
    std::string sent;
    const char* message;
  } rows[] = {
      {"text", "this is not a message, but text", "malformed: kind"},
      {"a kind that there is not", R"(\010)" + std::string(15, '0'), "malformed: kind"},
      {"a request", R"(\001\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000)",
       "sent a request instead of an answer"},
      {"a long length", R"(\144\000\000\000\000\000\000\000\000\000\000\000\001\000\000\000)",
       "malformed: 4294967296 bytes"},
      {"memory that does not come", head("\\000", "\\001"), "malformed: 0 descriptors"},
      {"fields that are cut", head("\\003") + "abc", "a message between processes is malformed"},
      {"fields that are too many",
       head("\\020") + std::string(R"(\000\000\000\000)") + R"(\000\000\000\000)" + "12345678",
       "a message between processes is malformed"},
  };
  for (const auto& row : rows) {
    const Status status = StartScript("printf '" + row.sent + "' >&3\nsleep 1000\n");
    EXPECT_EQ(status.reason(), Reason::kEngine) << row.why;
    EXPECT_THAT(status.message(), HasSubstr(row.message)) << row.why;
    EXPECT_EQ(status.path(), program_) << row.why;
  }
  EXPECT_THAT(ChildrenOfThisProcess(), IsEmpty());
}

TEST_F(OtherProgramTest, AnEndIsDescribedWithTheLastLines) {
  EXPECT_EQ(StartScript("echo one; echo two; echo; echo three >&2; echo four; exit 3").message(),
            program_ + ": the process of TensorFlow ended with code 3: two; three; four");
  EXPECT_EQ(StartScript("exit 0").message(),
            program_ + ": the process of TensorFlow ended with code 0");
  EXPECT_THAT(StartScript("printf '\\033[2J' >&2; kill -ABRT $$").message(),
              testing::StartsWith("TensorFlow aborted: \\x1b[2J"));
}

TEST_F(OtherProgramTest, AHeadThatIsCutIsAnEnd) {
  EXPECT_EQ(StartScript("printf '\\144\\000' >&3; exit 5").message(),
            program_ + ": the process of TensorFlow ended with code 5");
}

TEST_F(OtherProgramTest, ManyLinesNeitherBlockItNorFillTheMessage) {
  const Status status =
      StartScript("head -c 3000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo end >&2; exit 4");
  EXPECT_THAT(status.message(), testing::EndsWith("xxx; end"));
  EXPECT_LT(status.message().size(), 2000);
}

TEST_F(OtherProgramTest, WhatIsPreloadedHereIsNotPreloadedThere) {
  const ScopedVariable preload("LD_PRELOAD", "");
  EXPECT_THAT(StartScript("echo preload ${LD_PRELOAD-none}; exit 1").message(),
              HasSubstr("preload none"));
}

TEST_F(OtherProgramTest, ItHasNoInputAndAGroupOfItsOwn) {
  EXPECT_THAT(StartScript("cat; read -r id name state parent group rest </proc/$$/stat\n"
                          "[ $group = $$ ] && echo a group of its own; exit 1")
                  .message(),
              HasSubstr("code 1: a group of its own"));
}

TEST(WorkerProgramTest, RefusesToBeRunByHand) {
  const std::string program = DirectoryOfFake("../cairn-tensorflow-worker");
  const int status = std::system((program + " 3>&- 2>/dev/null").c_str());
  EXPECT_EQ(WEXITSTATUS(status), 2);
}

}  // namespace
}  // namespace cairn::tensorflow
