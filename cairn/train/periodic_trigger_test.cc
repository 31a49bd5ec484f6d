#include "cairn/train/periodic_trigger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cairn/train/trainer.h"

namespace cairn {
namespace {

using testing::ElementsAre;

using Triggers = std::vector<std::string>;

// Records "step/epoch" of each trigger, and every hook that PeriodicTrigger must pass on.
class Triggered final : public Callback {
 public:
  std::string_view name() const override { return "Triggered"; }
  Status Setup(const TrainConfig&) override { return Pass("Setup"); }
  Status BeforeTrain(const TrainPosition&) override { return Pass("BeforeTrain"); }
  Status BeforeEpoch(const TrainPosition&) override { return Pass("BeforeEpoch"); }
  Status BeforeRun(const TrainPosition&) override { return Pass("BeforeRun"); }
  Status AfterRun(const TrainPosition&) override { return Pass("AfterRun"); }
  Status TriggerStep(const TrainPosition&) override { return Pass("TriggerStep"); }
  Status AfterEpoch(const TrainPosition&) override { return Pass("AfterEpoch"); }
  Status TriggerEpoch(const TrainPosition&) override { return Pass("TriggerEpoch"); }
  Status AfterTrain(const TrainPosition&) override { return Pass("AfterTrain"); }
  Status BeforeStop(const TrainPosition&) override { return Pass("BeforeStop"); }
  std::function<Status()> MakeFileSync() const override {
    return [] { return Status(Reason::kIo, "the sync of Triggered"); };
  }
  void AfterError() override { (void)Pass("AfterError"); }
  Status Trigger(const TrainPosition& p) override {
    triggers.push_back(std::to_string(p.step) + "/" + std::to_string(p.epoch));
    is_due_now = false;
    return Pass("Trigger");
  }
  bool is_due() const override { return is_due_now; }
  std::string SaveState() const override { return "saved"; }
  Status LoadState(std::string_view state) override {
    return Pass("LoadState " + std::string(state));
  }

  Triggers triggers;
  std::vector<std::string> hooks;
  bool is_due_now = false;

 private:
  Status Pass(std::string hook) {
    hooks.push_back(std::move(hook));
    return {};
  }
};

struct Period {
  std::string words;
  TriggerPeriod period;
  Triggers expected;
  int64_t start = 0;              // the step at which the run goes on
  double seconds_a_step = 0;      // by the clock
  std::vector<int64_t> due = {};  // the steps at which the callback is due
};

std::ostream& operator<<(std::ostream& out, const Period& period) { return out << period.words; }

constexpr int64_t kStepsPerEpoch = 4;

// Trains to the end of epoch 3, of 4 steps each.
Triggers TriggersOf(const Period& given) {
  Triggered triggered;
  double now = 1000;
  PeriodicTrigger periodic(triggered, given.period, [&] { return now; });
  RunComponents components;
  components.Add(periodic);
  const auto step = [&](const TrainPosition& position) {
    now += given.seconds_a_step;
    triggered.is_due_now |= std::ranges::find(given.due, position.step + 1) != given.due.end();
    return Status();
  };
  const auto end = Train({.step = step,
                          .components = &components,
                          .steps_per_epoch = kStepsPerEpoch,
                          .max_epoch = 3,
                          .resume_at = TrainPosition{.step = given.start,
                                                     .epoch = given.start / kStepsPerEpoch,
                                                     .epoch_step = given.start % kStepsPerEpoch}});
  EXPECT_TRUE(end.ok()) << end.status().message();
  return triggered.triggers;
}

class PeriodTest : public testing::TestWithParam<Period> {};

TEST_P(PeriodTest, TriggersThen) { EXPECT_EQ(TriggersOf(GetParam()), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(
    Of, PeriodTest,
    testing::Values(
        Period{"no period", {}, {}},
        Period{"every epoch", {.every_k_epochs = 1}, {"4/1", "8/2", "12/3"}},
        Period{"every second epoch", {.every_k_epochs = 2}, {"8/2"}},
        Period{"more epochs than there are", {.every_k_epochs = 4}, {}},
        Period{"every step: the last of an epoch comes after the epoch",
               {.every_k_steps = 1},
               {"1/0", "2/0", "3/0", "4/1", "5/1", "6/1", "7/1", "8/2", "9/2", "10/2", "11/2",
                "12/3"}},
        Period{"every third step", {.every_k_steps = 3}, {"3/0", "6/1", "9/2", "12/3"}},
        Period{
            "every step of an epoch is every epoch", {.every_k_steps = 4}, {"4/1", "8/2", "12/3"}},
        Period{"steps and epochs at one moment are one trigger",
               {.every_k_steps = 2, .every_k_epochs = 1},
               {"2/0", "4/1", "6/1", "8/2", "10/2", "12/3"}},
        Period{"steps are counted from the begin of the run, not of the process",
               {.every_k_steps = 3},
               {"6/1", "9/2", "12/3"},
               5},
        Period{"epochs, too", {.every_k_epochs = 2}, {"8/2"}, 6},
        Period{"seconds", {.every_seconds = 5}, {"3/0", "6/1", "9/2", "12/3"}, 0, 2},
        Period{
            "seconds that end with an epoch", {.every_seconds = 4}, {"4/1", "8/2", "12/3"}, 0, 1},
        Period{"seconds of a clock that stands still", {.every_seconds = 1}, {}},
        Period{"fewer seconds than a step takes",
               {.every_seconds = 1},
               {"9/2", "10/2", "11/2", "12/3"},
               8,
               50},
        Period{"seconds are counted from the begin of the process",
               {.every_seconds = 5},
               {"9/2", "12/3"},
               6,
               2},
        Period{"seconds are counted from the last trigger by time, not by steps",
               {.every_k_steps = 5, .every_seconds = 6},
               {"3/0", "5/1", "6/1", "9/2", "10/2", "12/3"},
               0,
               2},
        Period{"a callback that is due", {}, {"2/0", "7/1"}, 0, 0, {2, 7}},
        Period{"due at the last step of an epoch: with the epoch", {}, {"8/2"}, 0, 0, {8}},
        Period{"due when the period is over: one trigger",
               {.every_k_steps = 3},
               {"3/0", "6/1", "9/2", "12/3"},
               0,
               0,
               {3, 12}}));

TEST(PeriodicTriggerTest, PassesEveryOtherHookOn) {
  Triggered triggered;
  PeriodicTrigger periodic(triggered, {.every_k_epochs = 1});
  RunComponents components;
  components.Add(periodic);
  const auto step = [](const TrainPosition&) { return Status(); };
  ASSERT_TRUE(Train({.step = step, .components = &components}).ok());
  EXPECT_THAT(triggered.hooks,
              ElementsAre("Setup", "BeforeTrain", "BeforeEpoch", "BeforeRun", "AfterRun",
                          "TriggerStep", "AfterEpoch", "Trigger", "AfterTrain"));
  triggered.hooks.clear();
  EXPECT_EQ(periodic.name(), "Triggered");
  EXPECT_EQ(periodic.SaveState(), "saved");
  EXPECT_TRUE(periodic.LoadState("state").ok());
  EXPECT_TRUE(periodic.BeforeStop({}).ok());
  EXPECT_EQ(periodic.MakeFileSync()().message(), "the sync of Triggered");
  periodic.AfterError();
  EXPECT_TRUE(periodic.Trigger({}).ok());
  EXPECT_FALSE(periodic.is_due());
  triggered.is_due_now = true;
  EXPECT_TRUE(periodic.is_due());
  EXPECT_THAT(triggered.hooks,
              ElementsAre("LoadState state", "BeforeStop", "AfterError", "Trigger"));
}

TEST(PeriodicTriggerTest, TheClockOfTheMachineGoesForward) {
  Triggered triggered;
  PeriodicTrigger periodic(triggered, {.every_seconds = 1e-9});
  RunComponents components;
  components.Add(periodic);
  const auto step = [](const TrainPosition&) { return Status(); };
  ASSERT_TRUE(Train({.step = step, .components = &components, .steps_per_epoch = 3}).ok());
  EXPECT_THAT(triggered.triggers, ElementsAre("1/0", "2/0", "3/1"));
}

TEST(PeriodicTriggerTest, RefusesPeriodsBelowZero) {
  for (const TriggerPeriod& period :
       {TriggerPeriod{.every_k_steps = -1}, TriggerPeriod{.every_k_epochs = -1},
        TriggerPeriod{.every_seconds = -1}, TriggerPeriod{.every_seconds = std::nan("")}}) {
    Triggered triggered;
    PeriodicTrigger periodic(triggered, period);
    EXPECT_EQ(periodic.Setup({}).reason(), Reason::kArgument);
    EXPECT_THAT(triggered.hooks, ElementsAre());
  }
}

}  // namespace
}  // namespace cairn
