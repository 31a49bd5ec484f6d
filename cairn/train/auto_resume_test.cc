#include "cairn/train/auto_resume.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/io/memory_file_system.h"
#include "cairn/session/memory_session.h"
#include "cairn/testing/values.h"
#include "cairn/train/model_saver.h"
#include "cairn/train/trainer.h"

namespace cairn {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class KeptLog final : public Log {
 public:
  void Write(LogLevel level, std::string_view line) override {
    lines.push_back((level == LogLevel::kWarning ? "warning: " : "") + std::string(line));
  }
  std::vector<std::string> lines;
};

struct AutoResumeTest : testing::Test {
  MemoryFileSystem fs;
  MemorySession session;
  float weight = 1;
  RunComponents components;
  TrainConfig given{.step = [](const TrainPosition&) { return Status(); },
                    .components = &components,
                    .session = &session,
                    .steps_per_epoch = 4,
                    .max_epoch = 10};

  AutoResumeTest() { EXPECT_TRUE(session.Add("w", weight).ok()); }

  // A checkpoint of another program: the variable has the value of the step.
  void SaveAsOthers(int64_t step) {
    const std::string name = "run/model-" + std::to_string(step);
    const float value = static_cast<float>(step);
    ASSERT_TRUE(Save(fs, name, DictOf({{"w", SourceOf<float>({}, {value})}})).ok());
  }
  void SaveAsOurs(const TrainPosition& position) {
    weight = static_cast<float>(position.step);
    ModelSaver saver(fs, "run", session, components);
    ASSERT_TRUE(saver.Save(position).ok());
    weight = 1;
  }
  void PutStats(std::string_view text) {
    ASSERT_TRUE(fs.Put("run/stats.json", AsBytes(text)).ok());
  }
  Result<AutoResumeTrainConfig> Make(const AutoResumeOptions& options = {}) {
    return AutoResumeTrainConfig::Make(fs, "run", given, options);
  }
  AutoResumeTrainConfig MakeGood(const AutoResumeOptions& options = {}) {
    auto config = Make(options);
    EXPECT_TRUE(config.ok()) << config.status().message();
    return *config;
  }
};

TEST_F(AutoResumeTest, BeginsWhereThereIsNothing) {
  given.starting_epoch = 3;
  const auto config = MakeGood();
  EXPECT_EQ(config.starting_epoch, 3);
  EXPECT_EQ(config.resumed.ToString(), "no checkpoint: from scratch\n");
  given.max_epoch = 3;
  EXPECT_EQ(Train(MakeGood())->position, (TrainPosition{12, 3, 0}));
}

TEST_F(AutoResumeTest, ARunOfThisLibraryHasItsEpochInside) {
  SaveAsOurs({10, 2, 2});
  for (const char* stats : {"", "[{\"epoch_num\": 2, \"global_step\": 8}]", "[", "{}"}) {
    if (*stats != '\0') PutStats(stats);
    const auto config = MakeGood();
    EXPECT_EQ(config.resume_at, (TrainPosition{10, 2, 2})) << stats;
    EXPECT_EQ(config.starting_epoch, 3);
    EXPECT_EQ(config.resumed.checkpoint, "run/model-10");
    EXPECT_EQ(weight, 10);
  }
}

TEST_F(AutoResumeTest, StatisticsThatAreAheadOfOurCheckpointAreNoted) {
  SaveAsOurs({10, 2, 2});
  PutStats("[{\"epoch_num\": 2, \"global_step\": 8}]");
  EXPECT_THAT(MakeGood().resumed.notes, IsEmpty());
  PutStats("[{\"epoch_num\": 2, \"global_step\": 8}, {\"epoch_num\": 3, \"global_step\": 12}]");
  EXPECT_THAT(MakeGood().resumed.notes,
              ElementsAre("checkpoint and statistics disagree: stats.json goes to step 12 (epoch "
                          "3), the checkpoint is of step 10: the steps after it are done again"));
}

struct Foreign {
  std::string words;
  int64_t step;
  std::string stats;
  TrainPosition expected;
  std::string note;  // a part of one; empty: there is none but that another program saved it
};
std::ostream& operator<<(std::ostream& out, const Foreign& foreign) { return out << foreign.words; }

class ForeignRunTest : public AutoResumeTest, public testing::WithParamInterface<Foreign> {};

TEST_P(ForeignRunTest, GoesOnThere) {
  const Foreign& foreign = GetParam();
  SaveAsOthers(foreign.step);
  PutStats(foreign.stats);
  const auto config = MakeGood();
  EXPECT_EQ(config.resume_at, foreign.expected);
  EXPECT_EQ(config.starting_epoch, foreign.expected.epoch + 1);
  EXPECT_EQ(weight, static_cast<float>(foreign.step));
  std::vector<std::string> notes = config.resumed.notes;
  EXPECT_THAT(notes, Contains(HasSubstr("was saved by another program")));
  std::erase_if(notes,
                [](const std::string& note) { return note.find("another program") != note.npos; });
  if (foreign.note.empty()) {
    EXPECT_THAT(notes, IsEmpty());
  } else {
    EXPECT_THAT(notes, Contains(HasSubstr(foreign.note)));
  }
}

constexpr std::string_view kTwoEpochs =
    R"([{"epoch_num": 1, "global_step": 4}, {"epoch_num": 2, "global_step": 8}])";

INSTANTIATE_TEST_SUITE_P(
    , ForeignRunTest,
    testing::Values(
        Foreign{"statistics of its step", 8, std::string(kTwoEpochs), {8, 2, 0}, ""},
        Foreign{"an epoch later: killed between checkpoint and statistics",
                12,
                std::string(kTwoEpochs),
                {12, 3, 0},
                "stats.json ends at step 8 (epoch 2), the checkpoint is of step 12"},
        Foreign{
            "in the middle of an epoch", 10, std::string(kTwoEpochs), {10, 2, 2}, "ends at step 8"},
        Foreign{"epochs later", 17, std::string(kTwoEpochs), {17, 4, 1}, "ends at step 8"},
        Foreign{"an epoch earlier: later checkpoints were lost",
                4,
                std::string(kTwoEpochs),
                {4, 1, 0},
                "stats.json goes to step 8 (epoch 2), the checkpoint is of step 4"},
        Foreign{"earlier, in the middle of an epoch",
                7,
                std::string(kTwoEpochs),
                {7, 1, 3},
                "goes to step 8"},
        Foreign{"epochs of another length before",
                20,
                R"([{"epoch_num": 2, "global_step": 20}])",
                {20, 2, 0},
                ""},
        Foreign{"epochs without steps", 8, R"([{"epoch_num": 7}])", {8, 7, 0}, ""},
        Foreign{"statistics before all entries",
                2,
                std::string(kTwoEpochs),
                {2, 0, 2},
                "goes to step 8"},
        Foreign{"steps without epochs",
                8,
                R"([{"global_step": 8}])",
                {8, 2, 0},
                "no statistics of an epoch"},
        Foreign{"no entry", 9, "[]", {9, 2, 1}, "2 epochs are done"},
        Foreign{"an epoch below zero",
                8,
                R"([{"epoch_num": -3, "global_step": 8}])",
                {8, 2, 0},
                "no statistics"},
        Foreign{"an epoch that no run reaches",
                8,
                R"([{"epoch_num": 9223372036854775807, "global_step": 8}])",
                {8, 2, 0},
                "no statistics"},
        Foreign{"a step below zero",
                8,
                R"([{"epoch_num": 2, "global_step": -9223372036854775808}])",
                {8, 2, 0},
                "no statistics"}));

TEST_F(AutoResumeTest, UnusableStatisticsAreNoted) {
  SaveAsOthers(8);
  PutStats("[{\"epoch_num\": 1");
  const auto config = MakeGood();
  EXPECT_EQ(config.resume_at, (TrainPosition{8, 2, 0}));
  EXPECT_THAT(config.resumed.notes,
              Contains(HasSubstr("statistics are not used: run/stats.json: ")));
  EXPECT_THAT(config.resumed.notes, Contains(HasSubstr("no statistics of an epoch")));
}

TEST_F(AutoResumeTest, StatisticsWithoutACheckpointAreNoted) {
  PutStats(kTwoEpochs);
  const auto config = MakeGood();
  EXPECT_THAT(
      config.resumed.notes,
      ElementsAre("checkpoint and statistics disagree: stats.json goes to step 8 (epoch 2), "
                  "there is no checkpoint: the run begins from scratch"));
  given.max_epoch = 1;
  EXPECT_EQ(Train(MakeGood())->position, (TrainPosition{4, 1, 0}));
}

TEST_F(AutoResumeTest, WhatIsGivenAndNotUsedIsNoted) {
  SaveAsOurs({8, 2, 0});
  const DictRestore init(DictOf({{"w", SourceOf<float>({}, {5})}}));
  given.session_init = &init;
  given.starting_epoch = 7;
  const auto config = MakeGood();
  EXPECT_THAT(config.resumed.notes,
              ElementsAre("session_init is not used: the run in the directory is resumed",
                          "starting_epoch 7 is not used: the run goes on in epoch 3"));
  ASSERT_TRUE(Train(config).ok());
  EXPECT_EQ(weight, 8);
}

TEST_F(AutoResumeTest, WhatIsGivenWinsIfItShall) {
  SaveAsOurs({8, 2, 0});
  const DictRestore init(DictOf({{"w", SourceOf<float>({}, {5})}}));
  given.session_init = &init;
  given.starting_epoch = 7;
  const auto config = MakeGood({.always_resume = false});
  EXPECT_EQ(config.resume_at, std::nullopt);
  EXPECT_EQ(config.starting_epoch, 7);
  EXPECT_THAT(config.resumed.notes,
              ElementsAre("the run in run is not resumed: session_init is given, and always_resume "
                          "is false"));
  ASSERT_TRUE(Train(config).ok());
  EXPECT_EQ(weight, 5);
}

TEST_F(AutoResumeTest, NothingGivenIsResumedAllTheSame) {
  SaveAsOurs({8, 2, 0});
  EXPECT_EQ(MakeGood({.always_resume = false}).resume_at, (TrainPosition{8, 2, 0}));
}

TEST_F(AutoResumeTest, AGivenEpochWinsOverStatisticsAndNotOverARunState) {
  given.starting_epoch = 7;
  SaveAsOthers(8);
  PutStats(kTwoEpochs);
  EXPECT_EQ(MakeGood({.always_resume = false}).resume_at, (TrainPosition{8, 6, 0}));
  EXPECT_EQ(MakeGood().resume_at, (TrainPosition{8, 2, 0}));
  SaveAsOurs({12, 3, 0});
  EXPECT_EQ(MakeGood({.always_resume = false}).resume_at, (TrainPosition{12, 3, 0}));
}

TEST_F(AutoResumeTest, ARunWithoutVariablesIsResumedToo) {
  given.session = nullptr;
  MemorySession none;
  ModelSaver saver(fs, "run", none, components);
  ASSERT_TRUE(saver.Save({8, 2, 0}).ok());
  EXPECT_EQ(MakeGood().resume_at, (TrainPosition{8, 2, 0}));
}

TEST_F(AutoResumeTest, ErrorsOfResumingAreErrors) {
  SaveAsOurs({8, 2, 0});
  ASSERT_TRUE(fs.Put("run/model-8.index", AsBytes("damaged")).ok());
  EXPECT_EQ(Make().status().code(), StatusCode::kDataLoss);
  const auto fresh = MakeGood({.resume = {.if_nothing_good = IfNothingGood::kStartFresh}});
  EXPECT_THAT(fresh.resumed.notes, Contains(HasSubstr("started fresh")));
  EXPECT_EQ(weight, 1);
}

TEST_F(AutoResumeTest, LogsWhatItDecided) {
  KeptLog log;
  given.log = &log;
  SaveAsOurs({4, 1, 0});
  SaveAsOurs({8, 2, 0});
  ASSERT_TRUE(fs.Put("run/model-8.index", AsBytes("damaged")).ok());
  PutStats(kTwoEpochs);
  MakeGood();
  EXPECT_THAT(log.lines, ElementsAre("Will load checkpoint at run/model-4.",
                                     HasSubstr("warning: passed over model-8: E_"),
                                     HasSubstr("warning: TensorFlow's latest_checkpoint"),
                                     HasSubstr("warning: checkpoint and statistics disagree")));
}

TEST_F(AutoResumeTest, RefusesWhatItCannotResume) {
  const auto refused = [&](const TrainConfig& config, const std::string& directory = "run") {
    return AutoResumeTrainConfig::Make(fs, directory, config).status().reason();
  };
  EXPECT_EQ(refused(given, ""), Reason::kArgument);
  TrainConfig other = given;
  other.components = nullptr;
  EXPECT_EQ(refused(other), Reason::kArgument);
  other = given;
  other.resume_at = TrainPosition{1, 0, 1};
  EXPECT_EQ(refused(other), Reason::kArgument);
  other = given;
  other.steps_per_epoch = 0;
  EXPECT_EQ(refused(other), Reason::kArgument);
}

}  // namespace
}  // namespace cairn
