// An interrupted run ends as one to which nothing happened, bit for bit: weights, slots,
// statistics, best values, generators, data, kept files, events.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "cairn/testing/damage.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/train/whole_run_fixture.h"

namespace cairn {
namespace {

using testing::HasSubstr;

// How a run saves.
struct Saving {
  int64_t every;
  bool background;
  bool freezes = false;
};

std::string SavingName(const testing::TestParamInfo<Saving>& info) {
  return (info.param.every == 0 ? "Epochs" : "Steps" + std::to_string(info.param.every)) +
         (info.param.background ? "InTheBackground" : "") + (info.param.freezes ? "Frozen" : "");
}

class ProofTest : public testing::TestWithParam<Saving> {
 protected:
  WholeLife Life() const {
    return {.save_every = GetParam().every,
            .background = GetParam().background,
            .freezes = GetParam().freezes};
  }
  WholeLife KilledAt(int64_t step) const {
    WholeLife life = Life();
    life.kill_at = step;
    return life;
  }
  WholeLife StoppedAt(int64_t step) const {
    WholeLife life = Life();
    life.stop_at = step;
    return life;
  }
  const WholeContents& Undisturbed() const { return UndisturbedWhole(GetParam().every); }
  void ExpectUndisturbedEnd(MemoryFileSystem& fs, const std::string& what) const {
    WholeLife life = Life();
    life.now += 5;
    const auto end = Live(fs, life);
    ASSERT_TRUE(end.ok()) << what << ": " << end.status().message();
    EXPECT_EQ(end->position, (TrainPosition{kWholeSteps, kWholeEpochs, 0})) << what;
    EXPECT_EQ(WholeContentsOf(fs), Undisturbed()) << what;
  }
};

TEST_P(ProofTest, AnUndisturbedRunLeavesWhatItShould) {
  const WholeContents& contents = Undisturbed();
  EXPECT_THAT(contents.at("stats.json"), HasSubstr("\"epoch_num\": 3, \"global_step\": 12}]"));
  EXPECT_THAT(contents.at("checkpoint"), HasSubstr("model-12: model-"));
  EXPECT_TRUE(contents.contains("min-loss.index"));
  EXPECT_EQ(std::ranges::count(contents.at("events"), '\n'), kWholeSteps);
}

TEST_P(ProofTest, KilledAtAnyStep) {
  for (int64_t step = 0; step < kWholeSteps; ++step) {
    MemoryFileSystem fs;
    EXPECT_EQ(Live(fs, KilledAt(step)).status().reason(), Reason::kCancelled);
    ExpectUndisturbedEnd(fs, "killed at step " + std::to_string(step));
  }
}

TEST_P(ProofTest, KilledAtEveryStepAgainAndAgain) {
  MemoryFileSystem fs;
  for (int64_t step = 0; step < kWholeSteps; ++step) {
    for (int time = 0; time < 2; ++time)
      EXPECT_EQ(Live(fs, KilledAt(step)).status().reason(), Reason::kCancelled);
  }
  ExpectUndisturbedEnd(fs, "killed at every step");
}

TEST_P(ProofTest, StoppedAtAnyStep) {
  for (int64_t step = 0; step < kWholeSteps; ++step) {
    MemoryFileSystem fs;
    const auto end = Live(fs, StoppedAt(step));
    ASSERT_TRUE(end.ok()) << end.status().message();
    EXPECT_TRUE(end->was_stopped);
    EXPECT_EQ(end->position.step, step);
    // No part of it is done again.
    if (step > 0) {
      EXPECT_TRUE(fs.Exists("run/model-" + std::to_string(step) + ".index").value());
    }
    EXPECT_EQ(Live(fs, StoppedAt(step))->position.step, step);
  }
}

INSTANTIATE_TEST_SUITE_P(, ProofTest,
                         testing::Values(Saving{0, false}, Saving{1, false}, Saving{2, false},
                                         Saving{3, false}, Saving{7, false}, Saving{1, true},
                                         Saving{2, true}, Saving{1, true, true},
                                         Saving{3, true, true}),
                         SavingName);

// A stop saves where the period does not ask for it, so only a run that saves at every step keeps
// the same files.
TEST(StoppedRunTest, EndsAsIfItHadNotStopped) {
  MemoryFileSystem fs;
  for (int64_t step = 1; step <= kWholeSteps; ++step) {
    const auto end = Live(fs, {.save_every = 1, .stop_at = step});
    ASSERT_TRUE(end.ok()) << end.status().message();
    EXPECT_EQ(end->was_stopped, step < kWholeSteps);
    EXPECT_EQ(end->position.step, step);
  }
  EXPECT_EQ(WholeContentsOf(fs), UndisturbedWhole(1));
}

// The files of the last step, which do not depend on which others are kept.
WholeContents LastOf(WholeContents contents) {
  std::erase_if(contents, [](const auto& entry) {
    return entry.first.starts_with("model-") && !entry.first.starts_with("model-12.");
  });
  contents.erase("checkpoint");
  return contents;
}

TEST(StoppedRunTest, EndsWithTheSameBytesHoweverItSaves) {
  for (const int64_t every : {0, 3, 5}) {
    MemoryFileSystem fs;
    for (const int64_t step : {2, 3, 7, 11}) {
      const auto end = Live(fs, {.save_every = every, .stop_at = step});
      ASSERT_TRUE(end.ok()) << end.status().message();
      EXPECT_EQ(end->position.step, step);
    }
    ASSERT_TRUE(Live(fs, {.save_every = every}).ok());
    EXPECT_EQ(LastOf(WholeContentsOf(fs)), LastOf(UndisturbedWhole(every)));
  }
}

// The newest checkpoint with a step in its name.
std::string NewestIn(MemoryFileSystem& fs) {
  int64_t newest = -1;
  const std::vector<std::string> names = *fs.List("run");
  for (const std::string& name : names) {
    if (name.starts_with("model-") && name.ends_with(".index"))
      newest = std::max<int64_t>(newest, std::stoll(name.substr(6)));
  }
  return newest < 0 ? "" : "run/model-" + std::to_string(newest);
}

void DamageNewest(MemoryFileSystem& fs, const std::string& end) {
  const std::string newest = NewestIn(fs);
  if (newest.empty()) return;
  const std::vector<std::byte> content = *fs.Get(newest + end);
  ASSERT_TRUE(fs.Put(newest + end, FlipBit(content, content.size() * 4)).ok());
}

TEST(DamagedRunTest, ADamagedNewestCheckpointIsPassedAgain) {
  for (const char* file : {".index", ".data-00000-of-00001"}) {
    // By then two checkpoints are there: one is left.
    for (int64_t step = 5; step < kWholeSteps; ++step) {
      MemoryFileSystem fs;
      EXPECT_EQ(Live(fs, {.kill_at = step}).status().reason(), Reason::kCancelled);
      DamageNewest(fs, file);
      ASSERT_TRUE(Live(fs, {}).ok());
      EXPECT_EQ(WholeContentsOf(fs), UndisturbedWhole(2)) << file << ", killed at step " << step;
    }
  }
}

// The disk is full from a call on until the process is killed. The training goes on meanwhile.
TEST(FullDiskTest, ARunThatWasKilledOnAFullDiskEndsAsOtherRuns) {
  for (const Call call :
       {Call::kCreate, Call::kWrite, Call::kAllocate, Call::kSync, Call::kRename}) {
    for (uint64_t nth = 1; nth < 40; nth += 3) {
      MemoryFileSystem disk;
      FaultFileSystem fs(disk);
      fs.script().Inject(
          {.call = call, .reason = Reason::kNoSpace, .nth = nth, .repeat = Repeat::kSticky});
      (void)Live(fs, {.kill_at = 9});
      const auto end = Live(disk, {});
      ASSERT_TRUE(end.ok()) << Name(call) << " " << nth << ": " << end.status().message();
      EXPECT_EQ(WholeContentsOf(disk), UndisturbedWhole(2)) << Name(call) << " " << nth;
    }
  }
}

// One call fails and the run goes on. Which checkpoints are kept depends on it, the last does not.
TEST(FullDiskTest, ARunThatWentOnEndsWithTheSameBytes) {
  for (const Call call : {Call::kCreate, Call::kWrite, Call::kSync, Call::kRename}) {
    for (uint64_t nth = 1; nth < 40; nth += 4) {
      MemoryFileSystem disk;
      FaultFileSystem fs(disk);
      fs.script().Inject({.call = call, .reason = Reason::kNoSpace, .nth = nth});
      (void)Live(fs, {});
      ASSERT_TRUE(Live(disk, {}).ok());
      const WholeContents contents = WholeContentsOf(disk);
      for (const char* name : {"model-12.index", "model-12.data-00000-of-00001", "stats.json"})
        EXPECT_EQ(contents.at(name), UndisturbedWhole(2).at(name)) << Name(call) << " " << nth;
    }
  }
}

// Whatever happens, in any order, and as often as it likes.
TEST(AnyHistoryTest, EndsAsARunToWhichNothingHappened) {
  std::mt19937 random(20);
  const auto below = [&](int64_t end) {
    return static_cast<int64_t>(random() % static_cast<uint64_t>(end));
  };
  for (int history = 0; history < 60; ++history) {
    auto disk = std::make_unique<MemoryFileSystem>();
    std::string story;
    for (int64_t life = below(8); life >= 0; --life) {
      FaultFileSystem fs(*disk);
      const int64_t kind = below(4), step = below(kWholeSteps);
      story += std::to_string(kind) + " at " + std::to_string(step) + ", ";
      if (kind == 0) (void)Live(fs, {.save_every = 1, .kill_at = step});
      if (kind == 1) (void)Live(fs, {.save_every = 1, .stop_at = step});
      if (kind == 2) {  // a power cut at one of the next changes of the disk
        fs.script().StopAt(static_cast<uint64_t>(1 + below(200)));
        (void)Live(fs, {.save_every = 1});
        disk = disk->AfterPowerCut();
      }
      if (kind == 3) {
        fs.script().Inject({.call = Call::kWrite,
                            .reason = Reason::kNoSpace,
                            .nth = static_cast<uint64_t>(1 + below(60)),
                            .repeat = Repeat::kSticky});
        (void)Live(fs, {.save_every = 1, .kill_at = step});
      }
    }
    const auto end = Live(*disk, {.save_every = 1});
    ASSERT_TRUE(end.ok()) << story << end.status().message();
    EXPECT_EQ(WholeContentsOf(*disk), UndisturbedWhole(1)) << story;
  }
}

}  // namespace
}  // namespace cairn
