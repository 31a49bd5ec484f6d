// A run resumes from checkpoints of each format, with everything that it had.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/checkpoint/copy_checkpoint.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/saver/saved_files.h"
#include "cairn/state/saved_name.h"
#include "cairn/testing/damage.h"
#include "cairn/testing/row_name.h"
#include "cairn/train/toy_run.h"

namespace cairn {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

struct FormatOfRun {
  const char* what;
  const char* save_name;
  uint64_t max_shard_nbytes = 0;
};
void PrintTo(const FormatOfRun& format, std::ostream* out) { *out << format.what; }

class ResumeFormatTest : public testing::TestWithParam<FormatOfRun> {
 protected:
  const Format& format() const {
    return *std::ranges::find(Formats(), std::string_view(GetParam().save_name),
                              &Format::save_name);
  }
  std::string NameOf(int64_t step) const { return SavedFileName(step, format()); }

  // Saves as ModelSaver does.
  Status SaveStep(ToyRun& run, int64_t step) {
    CAIRN_ASSIGN_OR_RETURN(const RunState state, run.components.Save({.step = step}));
    CAIRN_ASSIGN_OR_RETURN(const TensorDict variables,
                           run.session.Snapshot(SavedVariables(run.session)));
    CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, WithRunState(variables, state));
    SaveOptions options;
    options.max_shard_nbytes = GetParam().max_shard_nbytes;
    if (format().can_keep_strings) options.strings = StringTensors::kMetadata;
    return SaveAs(fs_, format(), "run/" + NameOf(step), dict, options).status();
  }

  static void StepTo(ToyRun& run, int64_t& step, int64_t end) {
    for (; step < end; ++step) run.Step();
  }
  static std::string TextOf(ToyRun& run) {
    std::string text = *FormatRunState(*run.components.Save({}));
    for (const float weight : run.weights) text += "," + std::to_string(std::bit_cast<int>(weight));
    for (const int64_t value : run.history) text += "," + std::to_string(value);
    return text + "," + run.words[0] + "," + run.words[1];
  }

  MemoryFileSystem fs_;
};

TEST_P(ResumeFormatTest, GoesOnToTheSameEnd) {
  ToyRun whole;
  int64_t step = 0;
  StepTo(whole, step, 9);
  ToyRun begun;
  step = 0;
  for (const int64_t end : {2, 4, 6}) {
    StepTo(begun, step, end);
    const Status saved = SaveStep(begun, end);
    ASSERT_TRUE(saved.ok()) << saved.message();
  }
  ToyRun resumed;
  const auto point = Resume(fs_, "run", resumed.session, resumed.components);
  ASSERT_TRUE(point.ok()) << point.status().message();
  EXPECT_EQ(point->position.step, 6);
  EXPECT_THAT(*point->checkpoint, testing::StartsWith("run/" + NameOf(6)));
  EXPECT_THAT(point->passed_over, testing::IsEmpty());
  EXPECT_EQ(TextOf(resumed), TextOf(begun));
  step = 6;
  StepTo(resumed, step, 9);
  EXPECT_EQ(TextOf(resumed), TextOf(whole));
}

TEST_P(ResumeFormatTest, FallsBackToACopyOfTheBestWithAWord) {
  ToyRun run;
  int64_t step = 0;
  for (const int64_t end : {2, 4}) {
    StepTo(run, step, end);
    ASSERT_TRUE(SaveStep(run, end).ok());
  }
  const std::string best = "run/min-cost" + std::string(NameOf(4)).substr(SavedName(4).size());
  CopyOptions copying;
  copying.methods = {CopyMethod::kCopy};
  ASSERT_TRUE(CopyCheckpoint(fs_, "run/" + NameOf(4), best, copying).ok());
  const SavedListing listing = *ListSavedFiles(fs_, "run");
  ASSERT_TRUE(fs_.Put("run/" + listing.by_step.at(4).names[0], AsBytes("?")).ok());
  ToyRun resumed;
  const auto point = Resume(fs_, "run", resumed.session, resumed.components);
  ASSERT_TRUE(point.ok()) << point.status().message();
  EXPECT_EQ(point->position.step, 4);
  EXPECT_THAT(*point->checkpoint, HasSubstr("run/min-cost"));
  EXPECT_THAT(point->passed_over, ElementsAre(testing::StartsWith("model-4")));
  EXPECT_THAT(point->notes, Contains(HasSubstr("is a copy of step 4")));
  EXPECT_EQ(TextOf(resumed), TextOf(run));
}

TEST_P(ResumeFormatTest, IsListedAndRemovedByStep) {
  ToyRun run;
  ASSERT_TRUE(SaveStep(run, 2).ok());
  ASSERT_TRUE(SaveStep(run, 20).ok());
  SavedListing listing = *ListSavedFiles(fs_, "run");
  ASSERT_EQ(listing.by_step.size(), 2u);
  ASSERT_TRUE(RemoveSavedFiles(fs_, "run", listing.by_step.at(2)).ok());
  listing = *ListSavedFiles(fs_, "run");
  ASSERT_EQ(listing.by_step.size(), 1u);
  EXPECT_EQ(listing.by_step.at(20).names.size(), fs_.List("run")->size());
  EXPECT_TRUE(Verify(fs_, "run/" + NameOf(20))->ok());
}

INSTANTIATE_TEST_SUITE_P(
    , ResumeFormatTest,
    testing::Values(FormatOfRun{"TensorFlow", "tf", 0},
                    FormatOfRun{"TensorFlow of several files", "tf", 24},
                    FormatOfRun{"npz", "npz", 0}, FormatOfRun{"safetensors", "safetensors", 0},
                    FormatOfRun{"safetensors of several files", "safetensors", 24}),
    [](const auto& test_info) { return RowName(test_info.param.what); });

}  // namespace
}  // namespace cairn
