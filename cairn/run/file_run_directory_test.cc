// Runs whose checkpoints are npz or safetensors files: what is in the directory, and what a resumed
// run takes.
#include <gmock/gmock.h>

#include "cairn/checkpoint/copy_checkpoint.h"
#include "cairn/io/path.h"
#include "cairn/run/repair_run.h"
#include "cairn/run/run_directory_fixture.h"
#include "cairn/state/saved_name.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/row_name.h"

namespace cairn {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// How a run stores its checkpoints.
struct RunForm {
  const char* what;
  std::string save_extension;   // of the name that is saved
  std::string found_extension;  // of the name that the directory has
  uint64_t max_shard_nbytes = 0;
};
void PrintTo(const RunForm& form, std::ostream* out) { *out << form.what; }

class FileRunTest : public RunDirectoryTest, public testing::WithParamInterface<RunForm> {
 protected:
  void SaveStep(const std::string& stem, std::optional<int64_t> step, float value = 1) {
    SaveFile("run/" + stem + GetParam().save_extension, step, value, GetParam().max_shard_nbytes);
  }
  void SaveFile(const std::string& path, std::optional<int64_t> step, float value = 1,
                uint64_t max_shard_nbytes = 0) {
    TensorDict::Builder builder;
    builder.Add("a", SourceOf<float>({2}, {value, 2}));
    builder.Add("b", SourceOf<int64_t>({3}, {7, 8, 9}));
    TensorDict dict = *builder.Build();
    RunState state;
    state.step = step.value_or(0);
    if (step) dict = *WithRunState(dict, state);
    SaveOptions options;
    options.max_shard_nbytes = max_shard_nbytes;
    const auto saved = Save(fs_, path, dict, options);
    ASSERT_TRUE(saved.ok()) << saved.status().message();
  }
  std::string Found(const std::string& stem) const { return stem + GetParam().found_extension; }
  // Flips a bit of a value.
  void Damage(const std::string& stem) {
    const std::vector<int64_t> value = {7, 8, 9};
    const std::string_view bytes = AsText(std::as_bytes(std::span(value)));
    const std::vector<std::string> names = *fs_.List("run");
    for (const std::string& name : names) {
      if (!name.starts_with(stem)) continue;
      const std::string path = "run/" + name;
      const std::vector<std::byte> content = *fs_.Get(path);
      const size_t at = AsText(content).find(bytes);
      if (at != std::string_view::npos) return FlipBitOf(path, 8 * at);
    }
    FAIL() << "no file of " << stem << " has the value";
  }
};

TEST_P(FileRunTest, AreListedByStepWithTheirRunState) {
  for (const int64_t step : {100, 9, 10}) SaveStep("model-" + std::to_string(step), step);
  const RunDirectory run = Scan();
  EXPECT_THAT(Names(run), ElementsAre(Found("model-9"), Found("model-10"), Found("model-100")));
  for (const RunCheckpoint& checkpoint : run.checkpoints) {
    EXPECT_TRUE(checkpoint.complete.ok()) << checkpoint.complete.message();
    EXPECT_TRUE(checkpoint.has_run_state);
    EXPECT_EQ(checkpoint.rank, Rank::kRunState);
    EXPECT_GT(checkpoint.nbytes, 2 * sizeof(float) + 3 * sizeof(int64_t));
  }
  EXPECT_THAT(run.notes, IsEmpty());
  EXPECT_EQ(Choose().name, Found("model-100"));
}

TEST_P(FileRunTest, TheDirectoryOpensAsTheNewest) {
  SaveStep("model-10", 10, 1);
  SaveStep("model-20", 20, 2);
  for (const char* path : {"run", "run/", "run@20"}) {
    const auto opened = OpenResolved(fs_, path);
    ASSERT_TRUE(opened.ok()) << path << ": " << opened.status().message();
    EXPECT_EQ(BaseName(opened->path), Found("model-20"));
    EXPECT_THAT(*ValuesOf<float>(**opened->dict.source(*opened->dict.Find("a"))),
                ElementsAre(2, 2));
  }
  const auto older = OpenResolved(fs_, "run@10");
  ASSERT_TRUE(older.ok()) << older.status().message();
  EXPECT_EQ(BaseName(older->path), Found("model-10"));
  EXPECT_THAT(older->note, HasSubstr("step 10"));
  EXPECT_THAT(std::string(OpenResolved(fs_, "run@15").status().hint()), HasSubstr("'10', '20'"));
}

TEST_P(FileRunTest, ADamagedNewestIsPassedOverWithAWord) {
  SaveStep("model-10", 10);
  SaveStep("model-20", 20);
  Damage("model-20");
  EXPECT_EQ(Choose().name, Found("model-10"));
  EXPECT_THAT(PassedOverLines(fs_), ElementsAre(HasSubstr(Found("model-20") + ": E_CRC")));
}

TEST_P(FileRunTest, OneThatCannotBeOpenedIsPassedOverToo) {
  SaveStep("model-10", 10);
  SaveStep("model-20", 20);
  Put("run/" + Found("model-20"), "?");
  EXPECT_EQ(Choose().name, Found("model-10"));
  EXPECT_THAT(PassedOverLines(fs_), ElementsAre(HasSubstr(Found("model-20") + ": E_")));
}

TEST_P(FileRunTest, NoneThatVerifiesIsAnError) {
  SaveStep("model-10", 10);
  Damage("model-10");
  EXPECT_EQ(ChooseError().code(), StatusCode::kDataLoss);
}

TEST_P(FileRunTest, TheStateFileNamesThem) {
  SaveStep("model-10", 10);
  SaveStep("model-20", 20);
  StateFile state;
  state.latest = SavedName(20) + GetParam().save_extension;
  state.all = {SavedName(10) + GetParam().save_extension, state.latest};
  ASSERT_TRUE(WriteStateFile(fs_, "run", state).ok());
  EXPECT_EQ(Scan().named, Found("model-20"));
  EXPECT_THAT(Scan().notes, IsEmpty());
  ASSERT_TRUE(fs_.CreateDirectories("moved").ok());
  const std::vector<std::string> names = *fs_.List("run");
  for (const std::string& name : names)
    ASSERT_TRUE(fs_.Rename("run/" + name, "moved/" + name).ok());
  EXPECT_EQ(ScanRunDirectory(fs_, "moved")->named, Found("model-20"));
}

TEST_P(FileRunTest, ACopyOfTheBestNeverComesBeforeTheNewest) {
  SaveStep("model-10", 10);
  SaveStep("model-20", 20);
  SaveStep("model-30", 30);
  for (const char* name : {"min-cost", "zz-best"}) {
    ASSERT_TRUE(CopyCheckpoint(fs_, "run/model-20" + GetParam().save_extension,
                               "run/" + std::string(name) + GetParam().save_extension)
                    .ok());
  }
  EXPECT_EQ(Choose().name, Found("model-30"));
  Damage("model-30");
  EXPECT_EQ(Choose().name, Found("model-20"));
}

TEST_P(FileRunTest, ACopyIsTakenWhereItIsTheNewestThatVerifies) {
  SaveStep("model-10", 10);
  SaveStep("model-20", 20);
  CopyOptions copying;
  copying.methods = {CopyMethod::kCopy};
  ASSERT_TRUE(CopyCheckpoint(fs_, "run/model-20" + GetParam().save_extension,
                             "run/min-cost" + GetParam().save_extension, copying)
                  .ok());
  Damage("model-20");
  EXPECT_EQ(Choose().name, Found("min-cost"));
  EXPECT_THAT(Notes(), Contains(HasSubstr(Found("min-cost") + " is a copy")));
}

TEST_P(FileRunTest, WeightsThatSomebodyPutThereAreNotResumed) {
  SaveStep("model-10", 10);
  SaveStep("weights", std::nullopt);
  SaveStep("weights-99", std::nullopt);
  SaveStep("model-99", std::nullopt);
  EXPECT_THAT(Names(Scan()), ElementsAre(Found("model-10")));
  Damage("model-10");
  EXPECT_EQ(ChooseError().code(), StatusCode::kDataLoss);
}

TEST_P(FileRunTest, BesideCheckpointsOfTensorFlowTheyDoNotCount) {
  SaveAt("run/snapshot-10");
  SaveStep("weights", std::nullopt);
  SaveStep("weights-99", std::nullopt);
  Put("run/broken.npz", "?");
  Put("run/broken.safetensors", "?");
  EXPECT_THAT(Names(Scan()), ElementsAre("snapshot-10"));
}

TEST_P(FileRunTest, AFileThatTheStateFileListsIsACheckpoint) {
  SaveStep("weights", std::nullopt);
  SaveStep("older", std::nullopt);
  StateFile state;
  state.latest = "weights" + GetParam().save_extension;
  state.all = {"older" + GetParam().save_extension, state.latest};
  ASSERT_TRUE(WriteStateFile(fs_, "run", state).ok());
  EXPECT_THAT(Names(Scan()), ElementsAre(Found("older"), Found("weights")));
  EXPECT_EQ(Scan().checkpoints[0].rank, Rank::kListed);
  EXPECT_EQ(Scan().checkpoints[1].rank, Rank::kNamed);
  EXPECT_EQ(Choose().name, Found("weights"));
}

TEST_P(FileRunTest, TwoFormatsOfOneStepAreNoted) {
  SaveStep("model-10", 10);
  SaveAt("run/model-10", 10);
  const RunDirectory run = Scan();
  EXPECT_THAT(Names(run), ElementsAre("model-10", Found("model-10")));
  EXPECT_THAT(run.notes, ElementsAre("model-10 and " + Found("model-10") + " are both of step 10"));
  EXPECT_EQ(Choose().name, "model-10");
  StateFile state;
  state.latest = "model-10" + GetParam().save_extension;
  state.all = {state.latest};
  ASSERT_TRUE(WriteStateFile(fs_, "run", state).ok());
  EXPECT_EQ(Choose().name, Found("model-10"));
}

TEST_P(FileRunTest, AreRepairedUnderTheirOwnNames) {
  SaveStep("model-10", 10);
  SaveStep("model-20", 20);
  const auto repaired = RepairRun(fs_, "run", "fixed");
  ASSERT_TRUE(repaired.ok()) << repaired.status().message();
  EXPECT_EQ(repaired->newest, SavedName(20) + GetParam().save_extension);
  EXPECT_EQ(ChooseIn(fs_, "fixed").point->name, SavedName(20) + GetParam().save_extension);
}

INSTANTIATE_TEST_SUITE_P(, FileRunTest,
                         testing::Values(RunForm{"npz", ".npz", ".npz", 0},
                                         RunForm{"safetensors", ".safetensors", ".safetensors", 0},
                                         RunForm{"safetensors of several files", ".safetensors",
                                                 ".safetensors.index.json", 16}),
                         [](const auto& test_info) { return RowName(test_info.param.what); });

using OtherFilesTest = RunDirectoryTest;

// Folders of models and data sets are not runs.
TEST_F(OtherFilesTest, WithoutARunNoFileIsLookedAt) {
  SaveAt("run/model.safetensors", 5);
  SaveAt("run/data-7.npz", 7);
  FaultFileSystem machine(fs_);
  const auto run = ScanRunDirectory(machine, "run");
  ASSERT_TRUE(run.ok());
  EXPECT_THAT(run->checkpoints, IsEmpty());
  EXPECT_EQ(Resolve(fs_, "run")->path, "run/model.safetensors");
}

TEST_F(OtherFilesTest, ShardsWithoutTheirIndexAreNoCheckpoints) {
  TensorDict dict =
      DictOf({{"a", SourceOf<float>({2}, {1, 2})}, {"b", SourceOf<float>({2}, {3, 4})}});
  SaveOptions options;
  options.max_shard_nbytes = 8;
  ASSERT_TRUE(Save(fs_, "run/model-10.safetensors", dict, options).ok());
  ASSERT_TRUE(fs_.Remove("run/model-10.safetensors.index.json").ok());
  const RunDirectory run = Scan();
  EXPECT_THAT(run.checkpoints, IsEmpty());
  EXPECT_THAT(run.uncommitted, ElementsAre("model-10.safetensors"));
  EXPECT_THAT(run.notes, ElementsAre(HasSubstr("model-10.safetensors: data without an index")));
  EXPECT_THAT(Choose().reason, HasSubstr("the first save, model-10.safetensors, did not finish"));
  const auto report = Verify(fs_, "run/model-10.safetensors");
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_THAT(std::string(report->findings[0].error.path()),
              HasSubstr("model-10.safetensors.index.json"));
}

TEST_F(OtherFilesTest, CopiesOfTheBestInTensorFlowsFormatKeepTheirPlaceToo) {
  SaveAt("run/model-10", 10);
  SaveAt("run/model-20", 20);
  CopyOptions copying;
  copying.methods = {CopyMethod::kCopy};
  ASSERT_TRUE(CopyCheckpoint(fs_, "run/model-20", "run/min-cost", copying).ok());
  Name("min-cost");
  EXPECT_EQ(Choose().name, "model-20");
  EXPECT_THAT(Scan().notes, IsEmpty());
  FlipBitOf("run/model-20.data-00000-of-00001", 3);
  EXPECT_EQ(Choose().name, "min-cost");
  EXPECT_THAT(Notes(), Contains(HasSubstr("min-cost is a copy")));
  SaveAt("run/model-21", 21);
  EXPECT_EQ(Choose().name, "model-21");
}

}  // namespace
}  // namespace cairn
