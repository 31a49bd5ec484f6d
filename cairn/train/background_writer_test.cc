// BackgroundWriter, and what ModelSaver makes of its errors: none is dropped.
#include "cairn/saver/background_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "cairn/io/memory_file_system.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/train/toy_run.h"
#include "cairn/transfer/materialize.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LinesLog final : public Log {
 public:
  void Write(LogLevel level, std::string_view line) override {
    const std::lock_guard lock(mutex_);
    if (level == LogLevel::kError) errors_.emplace_back(line);
  }
  std::vector<std::string> errors() {
    const std::lock_guard lock(mutex_);
    return errors_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> errors_;
};

TEST(BackgroundWriterTest, ASecondErrorIsSaidWhenItComes) {
  LinesLog log;
  std::latch both_are_put(1);
  const auto fail = [&](const SaveJob& job) -> Result<SavedCheckpoint> {
    both_are_put.wait();
    return Status(Reason::kIo, "error of step " + std::to_string(job.step));
  };
  const auto writer = *BackgroundWriter::Start(fail, {}, IfStillSaving::kReplaceWaiting, log);
  for (const int64_t step : {1, 2}) {
    ASSERT_TRUE(writer->WaitForTurn(/*must_save=*/true));
    writer->Put({.step = step});
  }
  both_are_put.count_down();
  writer->WaitUntilIdle();
  EXPECT_THAT(std::string(writer->TakeError().message()), HasSubstr("step 1"));
  EXPECT_TRUE(writer->TakeError().ok());
  EXPECT_THAT(log.errors(), ElementsAre(HasSubstr("step 2")));
}

TEST(BackgroundWriterTest, AnErrorThatNobodyAskedForIsSaidAtTheEnd) {
  LinesLog log;
  {
    const auto fail = [](const SaveJob&) -> Result<SavedCheckpoint> {
      return Status(Reason::kIo, "the disk is gone");
    };
    const auto writer = *BackgroundWriter::Start(fail, {}, IfStillSaving::kWait, log);
    writer->Put({.step = 1});
  }
  EXPECT_THAT(log.errors(), ElementsAre(HasSubstr("the disk is gone")));
}

TEST(BackgroundWriterTest, WhatWaitsIsWrittenBeforeTheEnd) {
  std::vector<int64_t> written;
  {
    std::latch both_are_put(1);
    const auto write = [&](const SaveJob& job) -> Result<SavedCheckpoint> {
      both_are_put.wait();
      written.push_back(job.step);
      return SavedCheckpoint{.name = SavedName(job.step)};
    };
    const auto writer =
        *BackgroundWriter::Start(write, {}, IfStillSaving::kReplaceWaiting, NoLog());
    for (const int64_t step : {1, 2}) {
      ASSERT_TRUE(writer->WaitForTurn(/*must_save=*/true));
      writer->Put({.step = step});
    }
    both_are_put.count_down();
  }
  EXPECT_THAT(written, ElementsAre(1, 2));
}

// Holds the thread that writes before each commit.
class HoldsCommits final : public Callback {
 public:
  std::string_view name() const override { return "HoldsCommits"; }
  std::function<Status()> MakeFileSync() const override {
    return [this] {
      if (!has_come.try_wait()) has_come.count_down();
      may_commit.wait();
      return Status();
    };
  }
  mutable std::latch has_come{1};
  mutable std::latch may_commit{1};
};

struct BackgroundErrorsTest : testing::Test {
  MemoryFileSystem fs;
  FaultFileSystem faulty{fs};
  HoldsCommits holds;
  ToyRun run;
  LinesLog log;
  ModelSaverOptions options = {
      .background = true, .if_still_saving = IfStillSaving::kReplaceWaiting, .log = &log};

  BackgroundErrorsTest() {
    run.components.Add(holds);
    faulty.script().Inject(
        {.call = Call::kRename, .reason = Reason::kIo, .path_part = "model-1.index"});
  }
};

TEST_F(BackgroundErrorsTest, WaitReturnsOneAfterTheOther) {
  faulty.script().Inject({.call = Call::kCreate,
                          .reason = Reason::kNoSpace,
                          .repeat = Repeat::kSticky,
                          .path_part = "model-2."});
  ModelSaver saver(faulty, "run", run.session, run.components, options);
  ASSERT_TRUE(saver.Save({.step = 1}).ok());
  holds.has_come.wait();  // it no longer waits, so it is not replaced
  ASSERT_TRUE(saver.Save({.step = 2}).ok());
  holds.may_commit.count_down();
  EXPECT_EQ(saver.Wait().reason(), Reason::kIo);
  EXPECT_EQ(saver.Wait().reason(), Reason::kNoSpace);
  EXPECT_TRUE(saver.Wait().ok());
}

// The failed copy is noted while the saver is being destroyed; LeakSanitizer sees where it is noted
// in what is gone.
TEST_F(BackgroundErrorsTest, ASaveMayFailWhileTheSaverIsDestroyed) {
  std::thread release;
  {
    ModelSaver saver(faulty, "run", run.session, run.components, options);
    saver.CopyTo("min-a-cost-whose-name-does-not-fit-into-a-short-string", 1);
    ASSERT_TRUE(saver.Save({.step = 1}).ok());
    release = std::thread([this] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      holds.may_commit.count_down();
    });
  }
  release.join();
  EXPECT_THAT(log.errors(), ElementsAre(HasSubstr("model-1")));
}

TEST_F(BackgroundErrorsTest, BytesThatChangeAfterTheirChecksumAreNotCommitted) {
  SnapshotMemory memory;
  const TensorDict variables = *run.session.Snapshot(std::vector<VariableId>{0});
  const TensorDict copy = *memory.Copy(variables, {});
  const Extent extent = *(*copy.Get("toy/W"))->extent();
  auto* first = const_cast<std::byte*>(extent.file->mapped().data() + extent.offset);
  CheckpointWriter writer(fs, "run", {});
  ASSERT_TRUE(writer.Write({.step = 1, .dict = copy}).ok());
  *first ^= std::byte{1};  // as bad memory does
  EXPECT_EQ(writer.Write({.step = 2, .dict = copy}).status().reason(), Reason::kCrc);
  EXPECT_THAT(ListSavedFiles(fs, "run")->by_step, testing::SizeIs(1));
}

}  // namespace
}  // namespace cairn
