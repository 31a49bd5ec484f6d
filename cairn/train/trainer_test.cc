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

using Log = std::vector<std::string>;

class Recorder final : public Callback {
 public:
  Recorder(std::string name, Log& log, bool last = false)
      : name_(std::move(name)), log_(log), last_(last) {}
  std::string_view name() const override { return name_; }
  Status BeforeTrain(const TrainPosition& p) override { return Note("begin", p); }
  Status AfterStep(const TrainPosition& p) override { return Note("step", p); }
  Status AfterEpoch(const TrainPosition& p) override { return Note("epoch", p); }
  Status AfterTrain(const TrainPosition& p) override { return Note("end", p); }
  bool comes_last() const override { return last_; }
  std::string fail_at;

 private:
  Status Note(const std::string& what, const TrainPosition& p) {
    log_.push_back(name_ + " " + what + " " + At(p));
    return log_.back() == fail_at ? Status(Reason::kIo, "broken") : Status();
  }

  std::string name_;
  Log& log_;
  bool last_;
};

struct TrainerTest : testing::Test {
  Log log;
  RunComponents components;
  Recorder a{"a", log};
  Trainer::Step step = [this](const TrainPosition& p) {
    log.push_back("train " + At(p));
    return Status();
  };
};

TEST_F(TrainerTest, CountsStepsAndEpochs) {
  components.Add(a);
  const auto end = Trainer({.steps_per_epoch = 2, .epochs = 2}, components).Run({}, step);
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(*end, (TrainPosition{4, 2, 0}));
  EXPECT_THAT(log, ElementsAre("a begin 0/0/0", "train 0/0/0", "a step 1/0/1", "train 1/0/1",
                               "a step 2/0/2", "a epoch 2/1/0", "train 2/1/0", "a step 3/1/1",
                               "train 3/1/1", "a step 4/1/2", "a epoch 4/2/0", "a end 4/2/0"));
}

TEST_F(TrainerTest, AnInterruptedEpochGetsWhatItLacks) {
  components.Add(a);
  ASSERT_TRUE(Trainer({.steps_per_epoch = 3, .epochs = 2}, components).Run({5, 1, 2}, step).ok());
  EXPECT_THAT(log, ElementsAre("a begin 5/1/2", "train 5/1/2", "a step 6/1/3", "a epoch 6/2/0",
                               "a end 6/2/0"));
}

TEST_F(TrainerTest, AnEpochWhoseStepsAreDoneOnlyEnds) {
  components.Add(a);
  ASSERT_TRUE(Trainer({.steps_per_epoch = 3, .epochs = 2}, components).Run({6, 1, 3}, step).ok());
  EXPECT_THAT(log, ElementsAre("a begin 6/1/3", "a epoch 6/2/0", "a end 6/2/0"));
}

TEST_F(TrainerTest, EpochsOfAnotherLengthGoOnFromTheirOwnBegin) {
  ASSERT_TRUE(Trainer({.steps_per_epoch = 2, .epochs = 3}, components).Run({10, 1, 1}, step).ok());
  EXPECT_THAT(log, ElementsAre("train 10/1/1", "train 11/2/0", "train 12/2/1"));
}

TEST_F(TrainerTest, NothingIsLeftToDoAfterTheLastEpoch) {
  ASSERT_TRUE(Trainer({.steps_per_epoch = 3, .epochs = 2}, components).Run({6, 2, 0}, step).ok());
  EXPECT_THAT(log, ElementsAre());
}

TEST_F(TrainerTest, ThoseThatSaveComeLastWheneverAdded) {
  Recorder saver("saver", log, true), b("b", log);
  components.Add(saver);
  components.Add(a);
  components.Add(b);
  ASSERT_TRUE(Trainer({.steps_per_epoch = 1, .epochs = 1}, components).Run({}, step).ok());
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
  const Status status =
      Trainer({.steps_per_epoch = 2, .epochs = 1}, components).Run({}, step).status();
  EXPECT_EQ(status.reason(), Reason::kIo);
  EXPECT_THAT(std::string(status.message()), HasSubstr("callback 'a': broken"));
  EXPECT_EQ(log.back(), "a step 1/0/1");
}

TEST_F(TrainerTest, AnErrorOfTheStepEndsTheTraining) {
  components.Add(a);
  const auto fail = [](const TrainPosition&) { return Status(Reason::kCancelled, "stop"); };
  EXPECT_EQ(
      Trainer({.steps_per_epoch = 2, .epochs = 1}, components).Run({}, fail).status().reason(),
      Reason::kCancelled);
  EXPECT_THAT(log, ElementsAre("a begin 0/0/0"));
}

TEST_F(TrainerTest, RefusesWhatCannotBeTrained) {
  EXPECT_EQ(Trainer({.steps_per_epoch = 0}, components).Run({}, step).status().reason(),
            Reason::kArgument);
  EXPECT_EQ(Trainer({}, components).Run({}, nullptr).status().reason(), Reason::kArgument);
  EXPECT_EQ(Trainer({}, components).Run({}, Trainer::Step()).status().reason(), Reason::kArgument);
  EXPECT_EQ(Trainer({.epochs = 0}, components).Run({}, nullptr).status().reason(),
            Reason::kArgument);
  EXPECT_EQ(Trainer({}, components).Run({.step = -1}, step).status().reason(), Reason::kArgument);
  EXPECT_EQ(Trainer({}, components).Run({.epoch = -1}, step).status().reason(), Reason::kArgument);
}

}  // namespace
}  // namespace cairn
