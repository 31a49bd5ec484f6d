// ModelSaver::Begin does what a crash left undone of the last save: a run that has no step left to
// do, in a loop of its own, ends as one to which nothing happened.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "cairn/testing/damage.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/row_name.h"
#include "cairn/train/durable_run_fixture.h"

namespace cairn {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class KilledLastSaveTest : public testing::TestWithParam<std::tuple<SaveMode, CheckpointFormat>> {};

TEST_P(KilledLastSaveTest, IsFinishedByTheNextProcess) {
  const RunOptions options = {.mode = std::get<0>(GetParam()), .format = std::get<1>(GetParam())};
  bool has_stopped = true;
  int num_ended = 0;  // how often the run had no step left to do
  for (uint64_t nth = 1; has_stopped; ++nth) {
    MemoryFileSystem fs;
    FaultFileSystem faulty(fs);
    auto killed = std::make_unique<Process>(faulty, options);
    ASSERT_TRUE(killed->SaveUntil(kEndStep - 1).ok());
    killed->Step();
    faulty.script().StopAt(nth);
    (void)killed->Save();
    has_stopped = faulty.script().has_stopped();
    for (const bool begins_first : {false, true}) {
      const std::unique_ptr<MemoryFileSystem> left = AfterKill(fs);
      Process next(*left, options);
      const auto begin = [&] { return next.saver.Begin().ok(); };
      ASSERT_TRUE(!begins_first || begin());
      ASSERT_TRUE(next.Resume(*left).ok());
      ASSERT_TRUE(begins_first || begin());
      if (next.step == kEndStep) ++num_ended;
      ASSERT_TRUE(next.SaveUntil(kEndStep).ok());
      EXPECT_EQ(ContentsOf(*left), UndisturbedEnd(options)) << "killed before call " << nth;
    }
  }
  EXPECT_GT(num_ended, 8);
}

INSTANTIATE_TEST_SUITE_P(, KilledLastSaveTest,
                         testing::Combine(testing::Values(SaveMode::kBlocking,
                                                          SaveMode::kInBackground),
                                          testing::ValuesIn(kFormats)),
                         [](const auto& test_info) {
                           return RowName(ToString(std::get<1>(test_info.param)) + " " +
                                          ToString(std::get<0>(test_info.param)));
                         });

class SaidLines final : public Log {
 public:
  void Write(LogLevel /*level*/, std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

struct FinishEarlierSaveTest : testing::Test {
  MemoryFileSystem fs;
  FaultFileSystem faulty{fs};
  SaidLines log;
  ModelSaverOptions options = {.retention = {.max_to_keep = 1, .keep_checkpoint_every_n_hours = 0},
                               .log = &log};

  // Saves these steps in one process, which is killed before the state file names the last one.
  // Each step has its value of the statistic of retention.keep_best.
  void SaveAndKill(const std::vector<std::pair<int64_t, double>>& steps) {
    ToyRun run;
    Monitors monitors(faulty, "run", NoLog(), {.writes_stats = false, .writes_events = false});
    options.monitors = &monitors;
    ModelSaver saver(faulty, "run", run.session, run.components, options);
    run.components.Add(saver);
    for (const auto& [step, value] : steps) {
      ASSERT_TRUE(monitors.BeforeTrain({.step = step - 1}).ok());
      monitors.Put("loss", value);
      if (step == steps.back().first)
        faulty.script().Inject({.call = Call::kRename,
                                .reason = Reason::kIo,
                                .repeat = Repeat::kSticky,
                                .path_part = "checkpoint"});
      const Status saved = saver.Save({.step = step}).status();
      EXPECT_EQ(saved.ok(), step != steps.back().first) << saved.message();
    }
    faulty.script().Reset();
    options.monitors = nullptr;
    log.lines.clear();
  }
  // Begins in a process that has not resumed the run.
  Status Begin() {
    ToyRun run;
    return ModelSaver(faulty, "run", run.session, run.components, options).Begin();
  }
  std::vector<std::string> ReadsOfData() {
    std::vector<std::string> reads;
    for (const TracedCall& call : faulty.script().trace()) {
      const bool is_of_data = call.path.find(".data-") != std::string::npos;
      if (call.call == Call::kRead && is_of_data) reads.push_back(ToString(call));
    }
    return reads;
  }
  std::vector<int64_t> Saved() {
    std::vector<int64_t> steps;
    const SavedListing listing = *ListSavedFiles(fs, "run");
    for (const auto& [step, files] : listing.by_step) steps.push_back(step);
    return steps;
  }
};

TEST_F(FinishEarlierSaveTest, TheBestOnesAreKnownFromTheCheckpoint) {
  options.retention.keep_best = {.statistic = "loss", .count = 1};
  SaveAndKill({{1, 0.5}, {2, 0.125}, {3, 0.25}, {4, 0.75}});
  ASSERT_THAT(Saved(), ElementsAre(2, 3, 4));
  ASSERT_TRUE(Begin().ok());
  EXPECT_THAT(Saved(), ElementsAre(2, 4));
  EXPECT_THAT(ReadStateFile(fs, "run")->all, ElementsAre("model-2", "model-4"));
}

TEST_F(FinishEarlierSaveTest, NothingIsReadOrChangedWhereTheLastSaveWasFinished) {
  ASSERT_TRUE(Begin().ok());
  SaveAndKill({{1, 0}, {2, 0}});
  ASSERT_TRUE(Begin().ok());
  ASSERT_THAT(Saved(), ElementsAre(2));
  const Contents before = ContentsOf(fs);
  const auto state_file = *fs.Get("run/checkpoint");
  faulty.script().Reset();
  ASSERT_TRUE(ScanRunDirectory(faulty, "run").ok());
  const std::vector<std::string> reads_of_scan = ReadsOfData();
  faulty.script().Reset();
  ASSERT_TRUE(Begin().ok());
  EXPECT_EQ(ReadsOfData(), reads_of_scan);  // of the run state
  EXPECT_EQ(ContentsOf(fs), before);
  EXPECT_EQ(*fs.Get("run/checkpoint"), state_file);
}

// What the state file names was not about to be removed.
TEST_F(FinishEarlierSaveTest, OtherRulesWaitForTheNextSave) {
  options.retention.max_to_keep = 4;
  SaveAndKill({{1, 0}, {2, 0}, {3, 0}});
  ASSERT_TRUE(Begin().ok());
  ASSERT_TRUE(fs.Put("run/model-9.data-00000-of-00001", {}).ok());  // a save that never committed
  ASSERT_TRUE(fs.Put("run/model-3.index.cairn-tmp0", {}).ok());
  options.retention.max_to_keep = 1;
  ASSERT_TRUE(Begin().ok());
  EXPECT_THAT(Saved(), ElementsAre(1, 2, 3, 9));
  EXPECT_THAT(*fs.List("run"), testing::Not(Contains(HasSubstr("cairn-tmp"))));
}

TEST_F(FinishEarlierSaveTest, ADamagedNewestCheckpointFinishesNothing) {
  SaveAndKill({{1, 0}, {2, 0}});
  const std::string data = "run/model-2.data-00000-of-00001";
  const std::vector<std::byte> sound = *fs.Get(data);
  for (const size_t bit : {size_t{77}, sound.size() * 8 - 1}) {  // in the run state, in a value
    ASSERT_TRUE(fs.Put(data, FlipBit(sound, bit)).ok());
    const Contents before = ContentsOf(fs);
    ASSERT_TRUE(Begin().ok());
    EXPECT_EQ(ContentsOf(fs), before) << bit;
  }
}

TEST_F(FinishEarlierSaveTest, OnAFullDiskItStaysUndoneAndIsSaid) {
  SaveAndKill({{1, 0}, {2, 0}});
  faulty.script().Inject({.call = Call::kCreate,
                          .reason = Reason::kNoSpace,
                          .repeat = Repeat::kSticky,
                          .path_part = "checkpoint"});
  EXPECT_TRUE(Begin().ok());
  EXPECT_THAT(log.lines, ElementsAre(HasSubstr("model-2 is committed, but not named")));
  EXPECT_THAT(Saved(), ElementsAre(1, 2));
}

TEST_F(FinishEarlierSaveTest, AnotherErrorIsReturned) {
  SaveAndKill({{1, 0}, {2, 0}});
  faulty.script().Inject({.call = Call::kList, .reason = Reason::kIo, .repeat = Repeat::kSticky});
  EXPECT_EQ(Begin().reason(), Reason::kIo);
  EXPECT_THAT(log.lines, IsEmpty());
}

}  // namespace
}  // namespace cairn
