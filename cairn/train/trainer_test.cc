#include "cairn/train/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  int64_t stop_after = 2;
  config.should_stop = [&] { return --stop_after == 0; };
  const auto end = TrainFrom({}, 3, 2);
  ASSERT_TRUE(end.ok());
  EXPECT_TRUE(end->was_stopped);
  EXPECT_EQ(end->position, (TrainPosition{2, 0, 2}));
  EXPECT_EQ(log.back(), "a stop 2/0/2");
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
