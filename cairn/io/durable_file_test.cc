#include "cairn/io/durable_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/io/memory_file_system.h"
#include "cairn/testing/fault_file_system.h"

namespace cairn {
namespace {

using testing::ElementsAre;

std::string Text(const MemoryFileSystem& fs, const std::string& path) {
  const auto bytes = fs.Get(path);
  return bytes.ok() ? std::string(AsText(*bytes))
                    : std::string(ReasonWord(bytes.status().reason()));
}

class DurableFileTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(disk_.CreateDirectories("/d").ok()); }

  Status Write(std::string_view text, IfExists if_exists = IfExists::kReplace) {
    return WriteFileDurably(fs_, "/d/f", AsBytes(text), if_exists);
  }

  MemoryFileSystem disk_;
  FaultFileSystem fs_{disk_};
};

TEST_F(DurableFileTest, TakesTheseSteps) {
  ASSERT_TRUE(Write("text").ok());
  EXPECT_THAT(
      fs_.script().Mutations(),
      ElementsAre("create /d/f.cairn-tmp0", "allocate /d/f.cairn-tmp0 4",
                  "write /d/f.cairn-tmp0 4 at 0", "sync /d/f.cairn-tmp0", "close /d/f.cairn-tmp0",
                  "rename /d/f.cairn-tmp0 to /d/f", "sync-directory /d"));
  EXPECT_EQ(Text(*disk_.AfterPowerCut(), "/d/f"), "text");
}

TEST_F(DurableFileTest, IsSeenOnlyAfterCommit) {
  auto file = DurableFile::Create(fs_, "/d/f", IfExists::kFail).value();
  EXPECT_TRUE(file.file().WriteAt(0, AsBytes("text")).ok());
  EXPECT_EQ(Text(disk_, "/d/f"), "E_MISSING");
  EXPECT_TRUE(file.Commit().ok());
  EXPECT_EQ(Text(disk_, "/d/f"), "text");
}

TEST_F(DurableFileTest, LeavesNothingWithoutCommit) {
  {
    auto file = DurableFile::Create(fs_, "/d/f", IfExists::kFail).value();
    EXPECT_TRUE(file.file().WriteAt(0, AsBytes("text")).ok());
    const DurableFile moved = std::move(file);
  }
  EXPECT_THAT(disk_.List("/d").value(), ElementsAre());
}

TEST_F(DurableFileTest, DoesNotReplaceUnlessToldTo) {
  ASSERT_TRUE(Write("old").ok());
  EXPECT_EQ(Write("new", IfExists::kFail).reason(), Reason::kExists);
  EXPECT_EQ(Text(disk_, "/d/f"), "old");
  EXPECT_TRUE(Write("new", IfExists::kReplace).ok());
  EXPECT_EQ(Text(disk_, "/d/f"), "new");
  EXPECT_THAT(disk_.List("/d").value(), ElementsAre("f"));
}

TEST_F(DurableFileTest, DoesNotReplaceWhatCameMeanwhile) {
  auto file = DurableFile::Create(fs_, "/d/f", IfExists::kFail).value();
  ASSERT_TRUE(disk_.Put("/d/f", AsBytes("theirs")).ok());
  EXPECT_EQ(file.Commit().reason(), Reason::kExists);
  EXPECT_EQ(Text(disk_, "/d/f"), "theirs");
}

TEST_F(DurableFileTest, CountsPastWhatCrashesLeft) {
  ASSERT_TRUE(disk_.Put("/d/f.cairn-tmp0", AsBytes("left")).ok());
  EXPECT_TRUE(Write("text").ok());
  EXPECT_EQ(Text(disk_, "/d/f"), "text");
  EXPECT_EQ(Text(disk_, "/d/f.cairn-tmp0"), "left");
  for (int i = 1; i < 100; ++i)
    ASSERT_TRUE(disk_.Put("/d/f.cairn-tmp" + std::to_string(i), {}).ok());
  // Nor do a hundred of them stand in the way, or folders.
  ASSERT_TRUE(disk_.CreateDirectories("/d/f.cairn-tmp100").ok());
  EXPECT_TRUE(Write("more").ok());
  EXPECT_EQ(Text(disk_, "/d/f"), "more");
  EXPECT_EQ(disk_.List("/d")->size(), 102u);
}

struct FailingStep {
  const char* what;
  Fault fault;
  const char* after;  // what the name holds in the end
};

class FailingStepTest : public DurableFileTest, public testing::WithParamInterface<FailingStep> {};

TEST_P(FailingStepTest, IsToldAndLeavesOldOrNewAndNoLitter) {
  ASSERT_TRUE(Write("old").ok());
  fs_.script().Reset();
  fs_.script().Inject(GetParam().fault);
  EXPECT_EQ(Write("new").reason(), GetParam().fault.reason);
  EXPECT_EQ(Text(disk_, "/d/f"), GetParam().after);
  EXPECT_THAT(disk_.List("/d").value(), ElementsAre("f"));
  EXPECT_EQ(fs_.script().UseAfterFailure(), std::nullopt);
  EXPECT_LE(fs_.script().count(Call::kSync), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    , FailingStepTest,
    testing::Values(
        FailingStep{"no directory entry to be had",
                    {.call = Call::kCreate, .reason = Reason::kNoSpace},
                    "old"},
        FailingStep{"no blocks", {.call = Call::kAllocate, .reason = Reason::kNoSpace}, "old"},
        FailingStep{"a short write",
                    {.call = Call::kWrite, .reason = Reason::kNoSpace, .done_nbytes = 2},
                    "old"},
        FailingStep{"a failed sync", {.call = Call::kSync, .reason = Reason::kIo}, "old"},
        FailingStep{
            "an error at close only", {.call = Call::kClose, .reason = Reason::kNoSpace}, "old"},
        FailingStep{"a failed rename", {.call = Call::kRename, .reason = Reason::kReadOnly}, "old"},
        FailingStep{"a failed directory sync",
                    {.call = Call::kSyncDirectory, .reason = Reason::kIo},
                    "new"}));

// OLD-or-NEW: the machine stops at each step in turn, and loses what it may lose.
TEST_F(DurableFileTest, APowerCutLeavesOldOrNew) {
  ASSERT_TRUE(Write("old").ok());
  fs_.script().Reset();
  uint64_t step = 1;
  for (bool stopped = true; stopped; ++step) {
    for (const Survives survives : {Survives::kSynced, Survives::kNamesAndSizes}) {
      const auto disk = disk_.AfterPowerCut();
      FaultFileSystem fs(*disk);
      fs.script().StopAt(step, 1);
      const Status status = WriteFileDurably(fs, "/d/f", AsBytes("new"), IfExists::kReplace);
      stopped = fs.script().has_stopped();
      EXPECT_EQ(status.ok(), !stopped);
      const std::string after = Text(*disk->AfterPowerCut(survives), "/d/f");
      EXPECT_TRUE(after == "new" || (stopped && after == "old")) << step << ": " << after;
    }
  }
  EXPECT_EQ(step, 8u);  // six mutations, and one round without a stop
}

}  // namespace
}  // namespace cairn
