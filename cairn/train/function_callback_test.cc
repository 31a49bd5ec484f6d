#include "cairn/train/function_callback.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/train/periodic_trigger.h"
#include "cairn/train/trainer.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct FunctionCallbackTest : testing::Test {
  std::vector<std::string> log;
  RunComponents components;
  TrainConfig config{.step = [](const TrainPosition&) { return Status(); },
                     .components = &components};

  CallbackFunctions::Hook Note(const std::string& what) {
    return [this, what](const TrainPosition& p) {
      log.push_back(what + " " + std::to_string(p.step));
      return Status();
    };
  }
  CallbackFunctions All() {
    return {.setup =
                [this](const TrainConfig& given) {
                  log.push_back("setup, " + std::to_string(given.max_epoch) + " epochs");
                  return Status();
                },
            .before_train = Note("before_train"),
            .before_epoch = Note("before_epoch"),
            .before_run = Note("before_run"),
            .after_run = Note("after_run"),
            .trigger_step = Note("trigger_step"),
            .after_epoch = Note("after_epoch"),
            .trigger = Note("trigger"),
            .after_train = Note("after_train"),
            .before_stop = Note("before_stop")};
  }
};

TEST_F(FunctionCallbackTest, EveryHookCallsItsFunction) {
  FunctionCallback all("all", All());
  components.Add(all);
  ASSERT_TRUE(Train(config).ok());
  EXPECT_THAT(log, ElementsAre("setup, 1 epochs", "before_train 0", "before_epoch 0",
                               "before_run 0", "after_run 1", "trigger_step 1", "after_epoch 1",
                               "trigger 1", "after_train 1"));
}

TEST_F(FunctionCallbackTest, AStopHasAFunctionToo) {
  FunctionCallback all("all", All());
  components.Add(all);
  config.should_stop = [] { return true; };
  ASSERT_TRUE(Train(config).ok());
  EXPECT_THAT(log, ElementsAre("setup, 1 epochs", "before_train 0", "before_stop 0"));
}

TEST_F(FunctionCallbackTest, WhatIsNotGivenDoesNothing) {
  FunctionCallback none("none", {});
  components.Add(none);
  EXPECT_TRUE(Train(config).ok());
  EXPECT_EQ(none.SaveState(), "");
  EXPECT_EQ(none.stage(), CallbackStage::kUser);
}

TEST_F(FunctionCallbackTest, IsTriggeredInPeriods) {
  FunctionCallback decay("decay", {.trigger = Note("trigger")}, CallbackStage::kMonitors);
  PeriodicTrigger periodic(decay, {.every_k_steps = 2});
  EXPECT_EQ(periodic.stage(), CallbackStage::kMonitors);
  components.Add(periodic);
  config.steps_per_epoch = 5;
  ASSERT_TRUE(Train(config).ok());
  EXPECT_THAT(log, ElementsAre("trigger 2", "trigger 4"));
}

TEST_F(FunctionCallbackTest, ItsStateIsSavedAndLoaded) {
  std::string state = "old";
  FunctionCallback memory("memory", {.save_state = [&] { return state; },
                                     .load_state =
                                         [&](std::string_view text) {
                                           state = text;
                                           return Status();
                                         }});
  components.Add(memory);
  const RunState saved = *components.Save({});
  state = "new";
  ASSERT_TRUE(components.Load(saved).ok());
  EXPECT_EQ(state, "old");
}

TEST_F(FunctionCallbackTest, HalfAStateIsRefused) {
  FunctionCallback saves("saves", {.save_state = [] { return "x"; }});
  components.Add(saves);
  const Status status = Train(config).status();
  EXPECT_EQ(status.reason(), Reason::kArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("callback 'saves': only one of"));
  EXPECT_EQ(saves.LoadState("x").reason(), Reason::kArgument);
}

TEST_F(FunctionCallbackTest, ErrorsOfAFunctionEndTheTraining) {
  FunctionCallback broken(
      "broken", {.after_run = [](const TrainPosition&) { return Status(Reason::kIo, "no more"); }});
  components.Add(broken);
  EXPECT_THAT(std::string(Train(config).status().message()),
              HasSubstr("callback 'broken': no more"));
}

}  // namespace
}  // namespace cairn
