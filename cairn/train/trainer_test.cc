#include "cairn/train/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/session/memory_session.h"
#include "cairn/testing/values.h"
#include "cairn/train/function_callback.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string At(const TrainPosition& p) {
  return std::to_string(p.step) + "/" + std::to_string(p.epoch) + "/" +
         std::to_string(p.epoch_step);
}

using Lines = std::vector<std::string>;

class Recorder final : public Callback {
 public:
  Recorder(std::string name, Lines& log, CallbackStage stage = CallbackStage::kUser)
      : name_(std::move(name)), log_(log), stage_(stage) {}
  std::string_view name() const override { return name_; }
  CallbackStage stage() const override { return stage_; }
  Status BeforeTrain(const TrainPosition& p) override { return Note("begin", p); }
  Status TriggerStep(const TrainPosition& p) override { return Note("step", p); }
  Status TriggerEpoch(const TrainPosition& p) override { return Note("epoch", p); }
  Status AfterTrain(const TrainPosition& p) override { return Note("end", p); }
  Status BeforeStop(const TrainPosition& p) override { return Note("stop", p); }
  std::string fail_at;

 private:
  Status Note(const std::string& what, const TrainPosition& p) {
    log_.push_back(name_ + " " + what + " " + At(p));
    return log_.back() == fail_at ? Status(Reason::kIo, "broken") : Status();
  }

  std::string name_;
  Lines& log_;
  CallbackStage stage_;
};

struct TrainerTest : testing::Test {
  Lines log;
  RunComponents components;
  Recorder a{"a", log};
  TrainConfig config{.step =
                         [this](const TrainPosition& p) {
                           log.push_back("train " + At(p));
                           return Status();
                         },
                     .components = &components};

  Result<TrainEnd> TrainFrom(const TrainPosition& start, int64_t steps_per_epoch,
                             int64_t max_epoch) {
    config.steps_per_epoch = steps_per_epoch;
    config.max_epoch = max_epoch;
    config.resume_at = start;
    return Train(config);
  }
};

TEST_F(TrainerTest, CountsStepsAndEpochs) {
  components.Add(a);
  const auto end = TrainFrom({}, 2, 2);
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(end->position, (TrainPosition{4, 2, 0}));
  EXPECT_FALSE(end->was_stopped);
  EXPECT_THAT(log, ElementsAre("a begin 0/0/0", "train 0/0/0", "a step 1/0/1", "train 1/0/1",
                               "a step 2/0/2", "a epoch 2/1/0", "train 2/1/0", "a step 3/1/1",
                               "train 3/1/1", "a step 4/1/2", "a epoch 4/2/0", "a end 4/2/0"));
}

TEST_F(TrainerTest, AnInterruptedEpochGetsWhatItLacks) {
  components.Add(a);
  ASSERT_TRUE(TrainFrom({5, 1, 2}, 3, 2).ok());
  EXPECT_THAT(log, ElementsAre("a begin 5/1/2", "train 5/1/2", "a step 6/1/3", "a epoch 6/2/0",
                               "a end 6/2/0"));
}

TEST_F(TrainerTest, AnEpochWhoseStepsAreDoneOnlyEnds) {
  components.Add(a);
  ASSERT_TRUE(TrainFrom({6, 1, 3}, 3, 2).ok());
  EXPECT_THAT(log, ElementsAre("a begin 6/1/3", "a epoch 6/2/0", "a end 6/2/0"));
}

TEST_F(TrainerTest, EpochsOfAnotherLengthGoOnFromTheirOwnBegin) {
  ASSERT_TRUE(TrainFrom({10, 1, 1}, 2, 3).ok());
  EXPECT_THAT(log, ElementsAre("train 10/1/1", "train 11/2/0", "train 12/2/1"));
}

TEST_F(TrainerTest, NothingIsLeftToDoAfterTheLastEpoch) {
  ASSERT_TRUE(TrainFrom({6, 2, 0}, 3, 2).ok());
  EXPECT_THAT(log, ElementsAre());
}

TEST_F(TrainerTest, ThoseThatSaveComeLastWheneverAdded) {
  Recorder saver("saver", log, CallbackStage::kSaver), b("b", log);
  components.Add(saver);
  components.Add(a);
  components.Add(b);
  ASSERT_TRUE(TrainFrom({}, 1, 1).ok());
  EXPECT_THAT(log, ElementsAre("a begin 0/0/0", "b begin 0/0/0", "saver begin 0/0/0", "train 0/0/0",
                               "a step 1/0/1", "b step 1/0/1", "saver step 1/0/1", "a epoch 1/1/0",
                               "b epoch 1/1/0", "saver epoch 1/1/0", "a end 1/1/0", "b end 1/1/0",
                               "saver end 1/1/0"));
}

TEST_F(TrainerTest, AnErrorOfACallbackEndsTheTraining) {
  Recorder b("b", log);
  components.Add(a);
  components.Add(b);
  a.fail_at = "a step 1/0/1";
  const Status status = TrainFrom({}, 2, 1).status();
  EXPECT_EQ(status.reason(), Reason::kIo);
  EXPECT_THAT(std::string(status.message()), HasSubstr("callback 'a': broken"));
  EXPECT_EQ(log.back(), "a step 1/0/1");
}

TEST_F(TrainerTest, AnErrorOfTheStepEndsTheTraining) {
  components.Add(a);
  config.step = [](const TrainPosition&) { return Status(Reason::kCancelled, "stop"); };
  EXPECT_EQ(TrainFrom({}, 2, 1).status().reason(), Reason::kCancelled);
  EXPECT_THAT(log, ElementsAre("a begin 0/0/0"));
}

TEST_F(TrainerTest, StopsAfterAStepToBeResumed) {
  components.Add(a);
  bool is_asked = false;
  config.step = [&](const TrainPosition& p) {
    is_asked = p.step == 1;
    return Status();
  };
  config.should_stop = [&] { return is_asked; };
  const auto end = TrainFrom({}, 3, 2);
  ASSERT_TRUE(end.ok());
  EXPECT_TRUE(end->was_stopped);
  EXPECT_EQ(end->position, (TrainPosition{2, 0, 2}));
  EXPECT_THAT(log, ElementsAre("a begin 0/0/0", "a step 1/0/1", "a step 2/0/2", "a stop 2/0/2"));
}

TEST_F(TrainerTest, AStopAtTheLastStepOfAnEpochComesAfterTheEpoch) {
  components.Add(a);
  bool is_asked = false;
  config.step = [&](const TrainPosition&) { return is_asked = true, Status(); };
  config.should_stop = [&] { return is_asked; };
  const auto end = TrainFrom({2, 0, 2}, 3, 2);
  ASSERT_TRUE(end.ok());
  EXPECT_TRUE(end->was_stopped);
  EXPECT_EQ(end->position, (TrainPosition{3, 1, 0}));
  EXPECT_THAT(log, ElementsAre("a begin 2/0/2", "a step 3/0/3", "a epoch 3/1/0", "a stop 3/1/0"));
}

TEST_F(TrainerTest, AStopAfterTheLastEpochIsTheEnd) {
  bool is_asked = false;
  config.step = [&](const TrainPosition&) { return is_asked = true, Status(); };
  config.should_stop = [&] { return is_asked; };
  const auto end = TrainFrom({}, 1, 1);
  ASSERT_TRUE(end.ok());
  EXPECT_FALSE(end->was_stopped);
}

TEST_F(TrainerTest, AStopThatWasAskedForBeforeTrainsNoStep) {
  components.Add(a);
  config.should_stop = [] { return true; };
  const auto end = TrainFrom({4, 1, 1}, 3, 2);
  ASSERT_TRUE(end.ok());
  EXPECT_TRUE(end->was_stopped);
  EXPECT_THAT(log, ElementsAre("a begin 4/1/1", "a stop 4/1/1"));
}

TEST_F(TrainerTest, AnErrorAtTheStopIsAnError) {
  components.Add(a);
  a.fail_at = "a stop 0/0/0";
  config.should_stop = [] { return true; };
  EXPECT_EQ(TrainFrom({}, 3, 2).status().reason(), Reason::kIo);
}

// Notes every hook of callback.h.
class EveryHook final : public Callback {
 public:
  EveryHook(std::string name, Lines& log, CallbackStage stage)
      : name_(std::move(name)), log_(log), stage_(stage) {}
  std::string_view name() const override { return name_; }
  CallbackStage stage() const override { return stage_; }
  Status Setup(const TrainConfig&) override { return Note("Setup"); }
  Status BeforeTrain(const TrainPosition& p) override { return Note("BeforeTrain " + At(p)); }
  Status BeforeEpoch(const TrainPosition& p) override { return Note("BeforeEpoch " + At(p)); }
  Status BeforeRun(const TrainPosition& p) override { return Note("BeforeRun " + At(p)); }
  Status AfterRun(const TrainPosition& p) override { return Note("AfterRun " + At(p)); }
  Status TriggerStep(const TrainPosition& p) override { return Note("TriggerStep " + At(p)); }
  Status AfterEpoch(const TrainPosition& p) override { return Note("AfterEpoch " + At(p)); }
  Status TriggerEpoch(const TrainPosition& p) override { return Note("TriggerEpoch " + At(p)); }
  Status AfterTrain(const TrainPosition& p) override { return Note("AfterTrain " + At(p)); }
  Status BeforeStop(const TrainPosition& p) override { return Note("BeforeStop " + At(p)); }
  void AfterError() override { (void)Note("AfterError"); }

 private:
  Status Note(const std::string& what) { return log_.push_back(name_ + " " + what), Status(); }

  std::string name_;
  Lines& log_;
  CallbackStage stage_;
};

// The lines of one callback.
Lines LinesOf(std::string_view name, const Lines& log) {
  Lines lines;
  for (const std::string& line : log) {
    if (line.starts_with(name) && line[name.size()] == ' ')
      lines.push_back(line.substr(name.size() + 1));
  }
  return lines;
}

TEST_F(TrainerTest, CallsEveryHookInItsPlace) {
  EveryHook hooks("hooks", log, CallbackStage::kUser);
  components.Add(hooks);
  config.steps_per_epoch = 2;
  config.max_epoch = 2;
  ASSERT_TRUE(Train(config).ok());
  EXPECT_THAT(log, ElementsAre("hooks Setup", "hooks BeforeTrain 0/0/0",           //
                               "hooks BeforeEpoch 0/0/0",                          //
                               "hooks BeforeRun 0/0/0", "train 0/0/0",             //
                               "hooks AfterRun 1/0/1", "hooks TriggerStep 1/0/1",  //
                               "hooks BeforeRun 1/0/1", "train 1/0/1",             //
                               "hooks AfterRun 2/0/2", "hooks TriggerStep 2/0/2",  //
                               "hooks AfterEpoch 2/1/0", "hooks TriggerEpoch 2/1/0",
                               "hooks BeforeEpoch 2/1/0",                          //
                               "hooks BeforeRun 2/1/0", "train 2/1/0",             //
                               "hooks AfterRun 3/1/1", "hooks TriggerStep 3/1/1",  //
                               "hooks BeforeRun 3/1/1", "train 3/1/1",             //
                               "hooks AfterRun 4/1/2", "hooks TriggerStep 4/1/2",  //
                               "hooks AfterEpoch 4/2/0", "hooks TriggerEpoch 4/2/0",
                               "hooks AfterTrain 4/2/0"));
}

TEST_F(TrainerTest, CallsEveryHookForEachStageBeforeTheNextHook) {
  EveryHook saver("saver", log, CallbackStage::kSaver),
      best("best", log, CallbackStage::kBestSaver),
      monitors("monitors", log, CallbackStage::kMonitors), user("user", log, CallbackStage::kUser);
  for (Callback* callback : {&saver, &best, &monitors, &user}) components.Add(*callback);
  bool is_asked = false;
  config.step = [&](const TrainPosition& p) { return is_asked = p.step == 1, Status(); };
  config.should_stop = [&] { return is_asked; };
  config.max_epoch = 3;
  ASSERT_TRUE(Train(config).ok());
  const Lines hooks = LinesOf("user", log);
  EXPECT_EQ(hooks.front(), "Setup");
  EXPECT_EQ(hooks.back(), "BeforeStop 2/2/0");
  Lines expected;
  for (const std::string& hook : hooks) {
    for (const char* name : {"user ", "monitors ", "best ", "saver "})
      expected.push_back(name + hook);
  }
  EXPECT_EQ(log, expected);
}

TEST_F(TrainerTest, AnErrorIsTheLastThatCallbacksHearOf) {
  EveryHook saver("saver", log, CallbackStage::kSaver), user("user", log, CallbackStage::kUser);
  components.Add(saver);
  components.Add(user);
  config.step = [](const TrainPosition&) { return Status(Reason::kIo, "broken"); };
  EXPECT_EQ(Train(config).status().reason(), Reason::kIo);
  EXPECT_THAT(log, ElementsAre("user Setup", "saver Setup", "user BeforeTrain 0/0/0",
                               "saver BeforeTrain 0/0/0", "user BeforeEpoch 0/0/0",
                               "saver BeforeEpoch 0/0/0", "user BeforeRun 0/0/0",
                               "saver BeforeRun 0/0/0", "user AfterError", "saver AfterError"));
}

TEST_F(TrainerTest, ARunThatIsContinuedInAnEpochDoesNotBeginItAgain) {
  EveryHook hooks("hooks", log, CallbackStage::kUser);
  components.Add(hooks);
  ASSERT_TRUE(TrainFrom({5, 1, 2}, 3, 2).ok());
  EXPECT_THAT(log, ElementsAre("hooks Setup", "hooks BeforeTrain 5/1/2", "hooks BeforeRun 5/1/2",
                               "train 5/1/2", "hooks AfterRun 6/1/3", "hooks TriggerStep 6/1/3",
                               "hooks AfterEpoch 6/2/0", "hooks TriggerEpoch 6/2/0",
                               "hooks AfterTrain 6/2/0"));
}

struct NewRunTest : TrainerTest {
  MemorySession session;
  std::vector<float> weights = {1, 2};
  int64_t global_step = 8;

  NewRunTest() {
    EXPECT_TRUE(session.Add("w", weights, {2}).ok());
    config.session = &session;
    config.steps_per_epoch = 4;
    config.max_epoch = 0;
    components.Add(a);
  }
  std::string Begin() {
    log.clear();
    const auto end = Train(config);
    EXPECT_TRUE(end.ok()) << end.status().message();
    return log.empty() ? "" : log.front();
  }
};

TEST_F(NewRunTest, BeginsWithItsStartingEpoch) {
  EXPECT_EQ(Begin(), "a begin 0/0/0");
  config.starting_epoch = 3;
  EXPECT_EQ(Begin(), "a begin 8/2/0");
}

TEST_F(NewRunTest, TrainsFromItsStartingEpochToTheLast) {
  config.starting_epoch = 3;
  config.max_epoch = 3;
  const auto end = Train(config);
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(end->position, (TrainPosition{12, 3, 0}));
  config.starting_epoch = 4;  // the last epoch is done already
  EXPECT_EQ(Train(config)->position, (TrainPosition{12, 3, 0}));
}

TEST_F(NewRunTest, TakesItsStepFromGlobalStep) {
  ASSERT_TRUE(session.Add("global_step", global_step).ok());
  config.starting_epoch = 4;
  EXPECT_EQ(Begin(), "a begin 8/3/0");
}

TEST_F(NewRunTest, WhatIsNotAScalarOfInt64IsNotTheGlobalStep) {
  std::vector<int64_t> several = {8, 9};
  ASSERT_TRUE(session.Add("global_step", several, {2}).ok());
  EXPECT_EQ(Begin(), "a begin 0/0/0");
  MemorySession other;
  int32_t narrow = 8;
  ASSERT_TRUE(other.Add("global_step", narrow).ok());
  config.session = &other;
  EXPECT_EQ(Begin(), "a begin 0/0/0");
}

TEST_F(NewRunTest, RefusesAGlobalStepBelowZero) {
  global_step = -1;
  ASSERT_TRUE(session.Add("global_step", global_step).ok());
  EXPECT_EQ(Train(config).status().reason(), Reason::kArgument);
}

TEST_F(NewRunTest, SessionInitGivesTheFirstValuesAfterSetup) {
  ASSERT_TRUE(session.Add("global_step", global_step).ok());
  const DictRestore init(
      DictOf({{"w", SourceOf<float>({2}, {5, 6})}, {"global_step", SourceOf<int64_t>({}, {12})}}));
  config.session_init = &init;
  std::vector<float> at_setup;
  FunctionCallback look("look", {.setup = [&](const TrainConfig& given) {
                          EXPECT_EQ(given.session, &session);
                          return at_setup = weights, Status();
                        }});
  components.Add(look);
  EXPECT_EQ(Begin(), "a begin 12/0/0");
  EXPECT_THAT(at_setup, ElementsAre(1, 2));
  EXPECT_THAT(weights, ElementsAre(5, 6));
}

TEST_F(NewRunTest, ARunThatHadNoCheckpointBegins) {
  const DictRestore init(DictOf({{"w", SourceOf<float>({2}, {5, 6})}}));
  config.session_init = &init;
  config.starting_epoch = 3;
  config.resume_at = TrainPosition{};
  EXPECT_EQ(Begin(), "a begin 8/2/0");
  EXPECT_THAT(weights, ElementsAre(5, 6));
}

TEST_F(NewRunTest, ItsErrorsEndTheTraining) {
  const DictRestore init(DictOf({{"w", SourceOf<float>({3}, {5, 6, 7})}}));
  config.session_init = &init;
  EXPECT_EQ(Train(config).status().reason(), Reason::kMismatch);
  EXPECT_THAT(log, ElementsAre());
  EXPECT_THAT(weights, ElementsAre(1, 2));
}

TEST_F(NewRunTest, ARunThatIsResumedDoesNotUseIt) {
  const DictRestore init(DictOf({{"w", SourceOf<float>({2}, {5, 6})}}));
  config.session_init = &init;
  config.starting_epoch = 7;
  config.resume_at = TrainPosition{9, 2, 1};
  EXPECT_EQ(Begin(), "a begin 9/2/1");
  EXPECT_THAT(weights, ElementsAre(1, 2));
}

// Keeps the lines, with T for a duration.
class KeptLog final : public Log {
 public:
  void Write(LogLevel level, std::string_view line) override {
    const size_t time = line.find("time:");
    std::string kept = level == LogLevel::kWarning ? "warning: " : "";
    kept += time == line.npos ? line : std::string(line.substr(0, time)) + "T";
    lines.push_back(std::move(kept));
  }
  Lines lines;
};

TEST_F(NewRunTest, LogsItsWay) {
  KeptLog kept;
  config.log = &kept;
  config.max_epoch = 2;
  const DictRestore init(
      DictOf({{"w", SourceOf<float>({2}, {5, 6})}, {"v", SourceOf<float>({1}, {5})}}));
  config.session_init = &init;
  ASSERT_TRUE(Train(config).ok());
  EXPECT_THAT(
      kept.lines,
      ElementsAre("Setup callbacks ...", "Initializing the session ...", HasSubstr("warning: "),
                  "Start Epoch 1 ...", "Epoch 1 (global_step 4) finished, T", "Start Epoch 2 ...",
                  "Epoch 2 (global_step 8) finished, T", "Training has finished!"));
  EXPECT_THAT(kept.lines[2], HasSubstr("v"));
}

TEST_F(NewRunTest, LogsWhereItGoesOnAndStops) {
  KeptLog kept;
  config.log = &kept;
  config.max_epoch = 2;
  config.resume_at = TrainPosition{3, 0, 3};
  bool is_asked = false;
  config.step = [&](const TrainPosition&) { return is_asked = true, Status(); };
  config.should_stop = [&] { return is_asked; };
  ASSERT_TRUE(Train(config).ok());
  EXPECT_THAT(kept.lines,
              ElementsAre("Setup callbacks ...", "Start training with global_step=3",
                          "Epoch 1 (global_step 4) finished, T",
                          "Training was stopped at global_step=4, to be resumed there."));
}

TEST_F(TrainerTest, RefusesWhatCannotBeTrained) {
  EXPECT_EQ(TrainFrom({}, 0, 1).status().reason(), Reason::kArgument);
  EXPECT_EQ(TrainFrom({.step = -1}, 1, 1).status().reason(), Reason::kArgument);
  EXPECT_EQ(TrainFrom({.epoch = -1}, 1, 1).status().reason(), Reason::kArgument);
  config.resume_at.reset();
  config.starting_epoch = 0;
  EXPECT_EQ(Train(config).status().reason(), Reason::kArgument);
  EXPECT_EQ(Train({.components = &components}).status().reason(), Reason::kArgument);
  EXPECT_EQ(Train({.step = config.step}).status().reason(), Reason::kArgument);
  EXPECT_EQ(Train({}).status().reason(), Reason::kArgument);
}

}  // namespace
}  // namespace cairn
