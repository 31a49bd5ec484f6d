// A save on a full disk removes old checkpoints first. The state file names only what is there,
// whenever the process dies or the power is cut.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/sanitizer.h"
#include "cairn/train/durable_run_fixture.h"

namespace cairn {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::StartsWith;

// A run with a variable that is far larger than the state file. It keeps two checkpoints and has
// saved model-1 and model-2 when the disk gets full.
struct LargeRun {
  FileSystem& fs;
  ToyRun run = {};
  std::vector<float> large = std::vector<float>(20'000);
  std::optional<ModelSaver> saver = {};
  int64_t step = 0;

  explicit LargeRun(FileSystem& file_system, const RunOptions& options) : fs(file_system) {
    EXPECT_TRUE(run.session.Add("large", large, {20'000}).ok());
    ModelSaverOptions with = {.retention = {.max_to_keep = 2},
                              .format = options.format,
                              .background = options.mode != SaveMode::kBlocking,
                              .clock = [] { return 1'700'000'000.0; }};
    with.save.transfer = SmallTransfer();
    saver.emplace(fs, "run", run.session, run.components, with);
  }
  Status Save() {
    run.Step();
    large[static_cast<size_t>(++step)] = 1;
    CAIRN_RETURN_IF_ERROR(saver->Save({.step = step}).status());
    return saver->Wait();
  }
};

// Puts a file beside the run that leaves so many bytes of the disk.
void FillDisk(MemoryFileSystem& fs, uint64_t free_nbytes) {
  const uint64_t free = fs.GetFreeSpace("run")->nbytes;
  EXPECT_GT(free, free_nbytes);
  EXPECT_TRUE(fs.Put("filler", std::vector<std::byte>(free - free_nbytes)).ok());
}

// How many entries of the state file are not there. The newest one must be.
size_t NumGone(FileSystem& fs) {
  const StateFile state = *ReadStateFile(fs, "run");
  std::set<std::string> there;
  const RunDirectory run = *ScanRunDirectory(fs, "run");
  for (const RunCheckpoint& checkpoint : run.checkpoints) there.insert(checkpoint.name);
  EXPECT_TRUE(there.contains(state.latest)) << state.latest;
  return static_cast<size_t>(std::ranges::count_if(
      state.all, [&](const std::string& name) { return !there.contains(name); }));
}

class FullDiskSaveTest
    : public testing::TestWithParam<std::tuple<SaveMode, CheckpointFormat, uint64_t>> {
 protected:
  RunOptions Options() const {
    return {.mode = std::get<0>(GetParam()), .format = std::get<1>(GetParam())};
  }
  uint64_t free_nbytes() const { return std::get<2>(GetParam()); }
  bool is_full() const { return free_nbytes() == 0; }
  // The room of the old checkpoint is enough for the new one, and not for a state file beside it.
  void ExpectEndOfSave(MemoryFileSystem& fs, const Status& saved) const {
    EXPECT_EQ(saved.reason(), is_full() ? Reason::kNoSpace : Reason::kNone) << saved.message();
    const std::vector<std::string> named = ReadStateFile(fs, "run")->all;
    EXPECT_THAT(named, Contains(StartsWith("model-2")));
    EXPECT_EQ(named.size(), is_full() ? 1u : 2u);
  }
};

TEST_P(FullDiskSaveTest, CutOffAnywhereTheStateFileNamesWhatIsThere) {
  bool has_stopped = true;
  size_t num_stops = 0, num_with_gone = 0;
  for (uint64_t nth = 1; has_stopped; nth += kCallStep, ++num_stops) {
    MemoryFileSystem fs(1 << 20);
    FaultFileSystem faulty(fs);
    auto killed = std::make_unique<LargeRun>(faulty, Options());
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(killed->Save().ok());
    FillDisk(fs, free_nbytes());
    faulty.script().StopAt(nth);
    const Status saved = killed->Save();
    has_stopped = faulty.script().has_stopped();
    if (!has_stopped) ExpectEndOfSave(fs, saved);
    killed.reset();
    const std::unique_ptr<MemoryFileSystem> lives[] = {AfterKill(fs), fs.AfterPowerCut()};
    for (const auto& left : lives) {
      const size_t num_gone = NumGone(*left);
      EXPECT_LE(num_gone, is_full() ? 1u : 0u) << "killed before call " << nth;
      num_with_gone += num_gone > 0 ? 1 : 0;
      LargeRun next(*left, Options());
      const auto resumed = Resume(*left, "run", next.run.session, next.run.components);
      ASSERT_TRUE(resumed.ok()) << nth << ": " << resumed.status().message();
      next.step = resumed->position.step;
      EXPECT_GE(next.step, saved.ok() ? 3 : 2);
      ASSERT_TRUE(!is_full() || left->Remove("filler").ok());
      ASSERT_TRUE(next.saver->Begin().ok());
      while (next.step < 4) {
        const Status again = next.Save();
        ASSERT_TRUE(again.ok()) << nth << ": " << again.message();
      }
      EXPECT_EQ(NumGone(*left), 0u) << nth;
    }
  }
  EXPECT_GT(num_stops * kCallStep, 10u);
  // Without room for a state file, the old checkpoint goes first.
  EXPECT_EQ(num_with_gone > 0, is_full());
}

INSTANTIATE_TEST_SUITE_P(
    , FullDiskSaveTest,
    testing::Combine(testing::Values(SaveMode::kBlocking, SaveMode::kInBackground),
                     testing::ValuesIn(kFormats), testing::Values(4096, 0)),
    [](const auto& test_info) {
      const bool is_full = std::get<2>(test_info.param) == 0;
      return RowName(ToString(std::get<1>(test_info.param)) + " " +
                     ToString(std::get<0>(test_info.param)) +
                     (is_full ? " without a byte" : " with room for a state file"));
    });

struct FullDiskErrorTest : testing::Test {
  MemoryFileSystem fs;
  FaultFileSystem faulty{fs};
  LargeRun run{faulty, {}};

  // The disk is found to be full when model-3 is written, as under a quota.
  void SaveTwoAndFillDisk() {
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(run.Save().ok());
    faulty.script().Inject({.call = Call::kAllocate,
                            .reason = Reason::kNoSpace,
                            .repeat = Repeat::kSticky,
                            .path_part = "model-3."});
  }
  std::vector<int64_t> Saved() {
    std::vector<int64_t> steps;
    const SavedListing listing = *ListSavedFiles(fs, "run");
    for (const auto& [step, files] : listing.by_step) steps.push_back(step);
    return steps;
  }
};

TEST_F(FullDiskErrorTest, AfterASaveThatFailsAllTheSameOnlyWhatStaysIsNamed) {
  SaveTwoAndFillDisk();
  EXPECT_EQ(run.Save().reason(), Reason::kNoSpace);
  EXPECT_THAT(Saved(), ElementsAre(2));
  EXPECT_THAT(ReadStateFile(fs, "run")->all, ElementsAre("model-2"));
}

TEST_F(FullDiskErrorTest, NothingIsRemovedIfTheStateFileCannotBeWrittenForAnotherReason) {
  SaveTwoAndFillDisk();
  faulty.script().Inject({.call = Call::kRename, .reason = Reason::kIo, .path_part = "checkpoint"});
  EXPECT_EQ(run.Save().reason(), Reason::kIo);
  EXPECT_THAT(Saved(), ElementsAre(1, 2));
  EXPECT_THAT(ReadStateFile(fs, "run")->all, ElementsAre("model-1", "model-2"));
}

}  // namespace
}  // namespace cairn
