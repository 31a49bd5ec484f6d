#include "cairn/saver/explain_retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/saver/retention_record.h"
#include "cairn/state/run_state.h"
#include "cairn/state/state_file.h"
#include "cairn/testing/values.h"
#include "cairn/train/monitors.h"
#include "cairn/train/toy_run.h"

namespace cairn {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

constexpr double kHours = 3600;
constexpr double kBegin = 1'700'000'000;

// A directory that is made by hand.
struct ExplainRetentionTest : testing::Test {
  MemoryFileSystem fs;
  RetentionRecord record = {.rules = {.max_to_keep = 2, .keep_checkpoint_every_n_hours = 0}};
  StateFile state;

  // A checkpoint with the record as it is now.
  void Put(const std::string& name, int64_t step, size_t num_values = 4) {
    PutWith(name, step, FormatRetentionRecord(record), num_values);
  }
  void PutWith(const std::string& name, int64_t step, const std::optional<std::string>& text,
               size_t num_values = 4) {
    RunState run_state;
    run_state.step = step;
    if (text) run_state.callbacks["ModelSaver"] = *text;
    const auto count = static_cast<int64_t>(num_values);
    const TensorDict dict =
        DictOf({{"w", SourceOf<float>({count}, std::vector<float>(num_values))}});
    ASSERT_TRUE(Save(fs, "run/" + name, *WithRunState(dict, run_state), {}).ok());
  }
  void List(const std::string& name, double time) {
    state.all.push_back(name);
    state.timestamps.push_back(kBegin + time);
    state.latest = name;
    ASSERT_TRUE(WriteStateFile(fs, "run", state).ok());
  }
  void Save10To40() {
    for (const int64_t step : {10, 20, 30, 40}) {
      Put(SavedName(step), step);
      List(SavedName(step), static_cast<double>(step));
    }
  }
  void Spoil(const std::string& name) {
    const std::string path = "run/" + name + ".data-00000-of-00001";
    std::vector<std::byte> content = *fs.Get(path);
    content.back() ^= std::byte{1};  // The run state comes first, and stays readable.
    ASSERT_TRUE(fs.Put(path, content).ok());
  }

  RetentionExplanation Explain(const VerifyOptions& options = {}) {
    Result<RetentionExplanation> explanation = ExplainRetention(fs, "run", options);
    EXPECT_TRUE(explanation.ok()) << explanation.status();
    return explanation.ok() ? *explanation : RetentionExplanation{};
  }
};

std::string Joined(const std::vector<std::string>& texts) {
  std::string text;
  for (const std::string& part : texts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

// "kept reasons | reasons of its removal"
std::string Explained(const RetentionExplanation& explanation, std::string_view name) {
  for (const ExplainedCheckpoint& checkpoint : explanation.checkpoints) {
    if (checkpoint.name != name) continue;
    const std::string removed = Joined(checkpoint.removed_because);
    return Joined(checkpoint.kept_because) + (removed.empty() ? "" : " | " + removed);
  }
  return "not there";
}

std::vector<std::string> Going(const RetentionExplanation& explanation) {
  std::vector<std::string> names;
  for (const ExplainedCheckpoint& checkpoint : explanation.checkpoints)
    if (!checkpoint.removed_because.empty()) names.push_back(checkpoint.name);
  return names;
}

TEST_F(ExplainRetentionTest, EachCheckpointHasItsReasons) {
  record.rules.keep_every_n_steps = 20;
  record.rules.keep_best = {.statistic = "val_loss", .count = 1};
  record.values = {{10, 0.5}, {40, std::numeric_limits<double>::quiet_NaN()}};
  Put("min-cost", 10);
  Put("model-best", 10);
  Save10To40();
  const RetentionExplanation explanation = Explain();
  EXPECT_EQ(explanation.path, "run");
  EXPECT_EQ(explanation.rules, record.rules);
  EXPECT_THAT(explanation.notes, IsEmpty());
  EXPECT_EQ(Explained(explanation, "model-10"), "the best by val_loss: 0.5");
  EXPECT_EQ(Explained(explanation, "model-20"), "a multiple of 20 steps");
  EXPECT_EQ(Explained(explanation, "model-30"), "one of the newest 2 | beyond the newest 2");
  EXPECT_EQ(Explained(explanation, "model-40"),
            "just saved; one of the newest 2; a multiple of 20 steps");
  for (const std::string_view other : {"min-cost", "model-best"})
    EXPECT_EQ(Explained(explanation, other), "not managed by ModelSaver: never removed");
  for (const ExplainedCheckpoint& checkpoint : explanation.checkpoints) {
    EXPECT_EQ(checkpoint.is_managed,
              checkpoint.name != "min-cost" && checkpoint.name != "model-best");
    EXPECT_TRUE(checkpoint.sound.ok()) << checkpoint.name;
    EXPECT_GT(checkpoint.nbytes, 16u);
  }
}

TEST_F(ExplainRetentionTest, TheRulesAreThoseOfTheNewest) {
  Put("model-10", 10);
  record.rules.max_to_keep = 7;
  Put("model-20", 20);
  EXPECT_EQ(Explain().rules->max_to_keep, 7u);
}

TEST_F(ExplainRetentionTest, WhatIsSparedIsToldByTheStateFile) {
  record.rules.keep_checkpoint_every_n_hours = 1;
  for (const int64_t step : {10, 20, 30, 40}) {
    Put(SavedName(step), step);
    List(SavedName(step), 0.2 * static_cast<double>(step) * kHours);
  }
  state.last_preserved_timestamp = state.timestamps[1];
  ASSERT_TRUE(WriteStateFile(fs, "run", state).ok());
  const RetentionExplanation explanation = Explain();
  EXPECT_EQ(Explained(explanation, "model-10"), "spared for good");
  EXPECT_EQ(Explained(explanation, "model-20"), "spared: 2.0 h after model-10");
  EXPECT_EQ(Explained(explanation, "model-30"), "one of the newest 2");
  EXPECT_THAT(Going(explanation), IsEmpty()) << "model-30 is due to be spared";
}

TEST_F(ExplainRetentionTest, TheNextOneHasTheSizeOfTheNewest) {
  record.rules = {.max_to_keep = 0, .keep_checkpoint_every_n_hours = 0};
  uint64_t nbytes = 0;
  for (const int64_t step : {10, 20, 30}) {
    Put(SavedName(step), step, 1000);
    List(SavedName(step), static_cast<double>(step));
  }
  for (const ExplainedCheckpoint& checkpoint : Explain().checkpoints) nbytes += checkpoint.nbytes;
  // There is room for the three that are there, and for most of one more.
  record.rules.max_nbytes = nbytes + 3900;
  Put("model-40", 40, 1000);
  List("model-40", 40);
  const RetentionExplanation explanation = Explain();
  const std::string budget = "the budget of 16.8 KiB";
  EXPECT_THAT(Explained(explanation, "model-10"), StartsWith("not removed yet: " + budget));
  EXPECT_THAT(Explained(explanation, "model-20"), StartsWith("no limit by number | " + budget));
  EXPECT_EQ(Explained(explanation, "model-30"), "no limit by number");
}

TEST_F(ExplainRetentionTest, ADamagedNewestIsSeenByReadingIt) {
  Save10To40();
  Spoil("model-40");
  const RetentionExplanation explanation = Explain();
  EXPECT_THAT(Explained(explanation, "model-40"),
              StartsWith("left alone and not counted: E_CRC: run/model-40"));
  EXPECT_EQ(Explained(explanation, "model-30"), "just saved; one of the newest 2");
  EXPECT_EQ(Explained(explanation, "model-20"), "one of the newest 2 | beyond the newest 2");
  EXPECT_EQ(explanation.checkpoints.back().sound.reason(), Reason::kCrc);
  EXPECT_EQ(explanation.rules, record.rules) << "its run state can be read";

  const RetentionExplanation quick = Explain({.depth = VerifyDepth::kQuick});
  EXPECT_EQ(Explained(quick, "model-40"), "just saved; one of the newest 2");
  EXPECT_TRUE(quick.checkpoints.back().sound.ok());
}

TEST_F(ExplainRetentionTest, OneThatIsNotCompleteIsSeenWithoutReading) {
  Save10To40();
  ASSERT_TRUE(fs.Remove("run/model-40.data-00000-of-00001").ok());
  const RetentionExplanation quick = Explain({.depth = VerifyDepth::kQuick});
  EXPECT_THAT(Explained(quick, "model-40"), StartsWith("left alone and not counted: E_MISSING: "));
  EXPECT_EQ(Explained(quick, "model-30"), "just saved; one of the newest 2");
}

TEST_F(ExplainRetentionTest, OnlyWhatTheRulesAskForIsRead) {
  record.rules.keep_every_n_steps = 10;
  Save10To40();
  Spoil("model-10");
  const RetentionExplanation explanation = Explain();
  EXPECT_EQ(Explained(explanation, "model-10"), "a multiple of 10 steps");
  EXPECT_TRUE(explanation.checkpoints.front().sound.ok());
}

TEST_F(ExplainRetentionTest, NothingGoesWhereNothingVerifies) {
  Save10To40();
  for (const int64_t step : {10, 20, 30, 40}) Spoil(SavedName(step));
  const RetentionExplanation explanation = Explain();
  EXPECT_THAT(Going(explanation), IsEmpty());
  for (const ExplainedCheckpoint& checkpoint : explanation.checkpoints)
    EXPECT_THAT(Joined(checkpoint.kept_because), StartsWith("left alone and not counted: E_CRC"));
}

TEST_F(ExplainRetentionTest, WithoutAStateFileTheRulesAreStillKnown) {
  record.rules.keep_checkpoint_every_n_hours = 1;
  Save10To40();
  ASSERT_TRUE(fs.Remove("run/checkpoint").ok());
  const RetentionExplanation explanation = Explain();
  EXPECT_EQ(Explained(explanation, "model-10"), "spared for good");
  EXPECT_EQ(Explained(explanation, "model-40"), "just saved; one of the newest 2");
}

TEST_F(ExplainRetentionTest, WithoutARecordTheStateFileIsToldInstead) {
  for (const int64_t step : {10, 20, 30}) {
    PutWith(SavedName(step), step, std::nullopt);
    List(SavedName(step), static_cast<double>(step));
  }
  Put("min-cost", 5);
  PutWith("model-15", 15, std::nullopt);
  state.last_preserved_timestamp = state.timestamps[0];
  ASSERT_TRUE(WriteStateFile(fs, "run", state).ok());
  const RetentionExplanation explanation = Explain();
  EXPECT_FALSE(explanation.rules);
  EXPECT_THAT(explanation.notes,
              Contains("the rules are not known: run/model-30: has no record of them"));
  EXPECT_EQ(Explained(explanation, "model-10"), "the state file lists it as kept for good");
  EXPECT_EQ(Explained(explanation, "model-15"), "the state file does not list it");
  EXPECT_EQ(Explained(explanation, "model-20"), "the state file lists it");
  EXPECT_EQ(Explained(explanation, "model-30"),
            "the state file calls it the newest; the state file lists it");
  EXPECT_EQ(Explained(explanation, "min-cost"),
            "not managed by ModelSaver: never removed; the state file does not list it");
  EXPECT_THAT(Going(explanation), IsEmpty());
}

TEST_F(ExplainRetentionTest, ADamagedRecordIsSaid) {
  PutWith("model-10", 10, "{}");
  const RetentionExplanation explanation = Explain();
  EXPECT_FALSE(explanation.rules);
  EXPECT_THAT(
      explanation.notes,
      ElementsAre("the rules are not known: run/model-10: retention record: no 'max_to_keep'"));
}

TEST_F(ExplainRetentionTest, AnEmptyDirectoryHasNothingToExplain) {
  ASSERT_TRUE(fs.CreateDirectories("run").ok());
  const RetentionExplanation explanation = Explain();
  EXPECT_THAT(explanation.checkpoints, IsEmpty());
  EXPECT_THAT(explanation.notes,
              ElementsAre("the rules are not known: run: no checkpoint is complete"));
}

TEST_F(ExplainRetentionTest, TheStepThatCountsIsThatOfTheName) {
  Put("model-10", 7);
  const RetentionExplanation explanation = Explain();
  EXPECT_EQ(Explained(explanation, "model-10"), "just saved; one of the newest 2");
  EXPECT_EQ(explanation.checkpoints.front().step, 7);
}

TEST_F(ExplainRetentionTest, OneStepInTwoFormatsIsOneCheckpoint) {
  Put("model-10", 10);
  Put("model-10.npz", 10);
  const RetentionExplanation explanation = Explain();
  ASSERT_EQ(explanation.checkpoints.size(), 2u);
  std::vector<std::string> said = {Explained(explanation, "model-10"),
                                   Explained(explanation, "model-10.npz")};
  EXPECT_THAT(said, testing::UnorderedElementsAre(
                        "just saved; one of the newest 2",
                        testing::MatchesRegex("beside model-10.*, and removed with it")));
}

TEST_F(ExplainRetentionTest, AnInterruptIsAnError) {
  Save10To40();
  const std::atomic<bool> cancel = true;
  EXPECT_EQ(ExplainRetention(fs, "run", {.transfer = {.cancel = &cancel}}).status().reason(),
            Reason::kCancelled);
}

// A live run that removes a checkpoint as soon as another one is read.
class LiveRun final : public Progress {
 public:
  LiveRun(MemoryFileSystem& fs, std::vector<std::string> names)
      : fs_(fs), names_(std::move(names)) {}
  void Advance(uint64_t, uint64_t) override {
    if (names_.empty()) return;
    for (const std::string_view file : {".index", ".data-00000-of-00001"})
      EXPECT_TRUE(fs_.Remove("run/" + names_.front() + std::string(file)).ok());
    names_.erase(names_.begin());
  }

 private:
  MemoryFileSystem& fs_;
  std::vector<std::string> names_;
};

TEST_F(ExplainRetentionTest, WhatALiveRunRemovedIsLeftOut) {
  record.rules.max_to_keep = 3;
  Save10To40();
  LiveRun live(fs, {"model-30"});
  const RetentionExplanation explanation = Explain({.transfer = {.progress = &live}});
  EXPECT_EQ(Explained(explanation, "model-30"), "not there");
  EXPECT_EQ(Explained(explanation, "model-20"), "one of the newest 3");
}

// A run as programs have it: what is said to go is what the next save removes.
struct ToldRun {
  explicit ToldRun(RetentionRules its_rules) : rules(std::move(its_rules)) {}

  MemoryFileSystem fs;
  ToyRun run;
  RetentionRules rules;
  double now = kBegin;
  std::vector<std::string> told;
  size_t num_removed = 0;

  void Train(int64_t num_steps) {
    Monitors monitors(fs, "run", NoLog());
    ModelSaver saver(fs, "run", run.session, run.components,
                     {.retention = rules,
                      .on_saved = [this](const SavedCheckpoint& saved) { Compare(saved); },
                      .monitors = &monitors,
                      .clock = [this] { return now += 0.3 * kHours; }});
    run.components.Add(monitors);
    run.components.Add(saver);
    const auto step = [&](const TrainPosition& position) {
      run.Step();
      monitors.Put("loss", static_cast<double>(position.step * 7 % 11));
      return Status();
    };
    const auto end = cairn::Train({.step = step,
                                   .components = &run.components,
                                   .session = &run.session,
                                   .max_epoch = num_steps});
    EXPECT_TRUE(end.ok()) << end.status();
  }

  void Compare(const SavedCheckpoint& saved) {
    if (rules.keep_best.count == 0)
      EXPECT_EQ(told, saved.removed) << saved.name;
    else  // A new best one takes the place of another.
      EXPECT_TRUE(std::ranges::includes(saved.removed, told)) << saved.name;
    num_removed += saved.removed.size();
    const auto explanation = ExplainRetention(fs, "run");
    ASSERT_TRUE(explanation.ok()) << explanation.status();
    EXPECT_EQ(explanation->rules, rules);
    told = Going(*explanation);
  }
};

TEST(ExplainRunTest, WhatIsSaidToGoIsWhatTheNextSaveRemoves) {
  const RetentionRules cases[] = {
      {.max_to_keep = 1, .keep_checkpoint_every_n_hours = 0},
      {.max_to_keep = 3, .keep_checkpoint_every_n_hours = 0},
      {.max_to_keep = 2, .keep_checkpoint_every_n_hours = 1},
      {.max_to_keep = 2, .keep_checkpoint_every_n_hours = 1, .keep_every_n_steps = 4},
      {.max_to_keep = 2, .keep_checkpoint_every_n_hours = 1, .keep_best = {"loss", 2, false}},
      {.max_to_keep = 1, .keep_checkpoint_every_n_hours = 0, .keep_best = {"loss", 3, true}}};
  for (const RetentionRules& rules : cases) {
    ToldRun run(rules);
    run.Train(20);
    EXPECT_GT(run.num_removed, 0u);
  }
}

}  // namespace
}  // namespace cairn
