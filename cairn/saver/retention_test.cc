#include "cairn/saver/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cairn/saver/retention_history_fixture.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(RetentionTest, TheNewestStayAndAreNamedOldestFirst) {
  History run({.max_to_keep = 2, .keep_checkpoint_every_n_hours = 0});
  for (int64_t step = 9; step <= 12; ++step) run.Save(step, 10.0 * static_cast<double>(step));
  EXPECT_THAT(run.steps(), ElementsAre(11, 12));
  EXPECT_EQ(run.state->latest, "model-12");
  EXPECT_THAT(run.state->all, ElementsAre("model-11", "model-12"));
  EXPECT_THAT(run.state->timestamps, ElementsAre(kDay + 110, kDay + 120));
  EXPECT_FALSE(run.state->last_preserved_timestamp);
}

TEST(RetentionTest, ZeroKeepsAllAndReadsNone) {
  History run({.max_to_keep = 0});
  for (int64_t step = 1; step <= 30; ++step) run.Save(step, 0.1 * static_cast<double>(step));
  EXPECT_EQ(run.steps().size(), 30u);
  EXPECT_EQ(run.state->all.size(), 30u);
  EXPECT_THAT(run.verified, IsEmpty());
}

TEST(RetentionTest, OnlyOneToKeepIsTheOneJustSaved) {
  History run({.max_to_keep = 1, .keep_checkpoint_every_n_hours = 0});
  run.Save(1, 0);
  EXPECT_THAT(run.Save(2, 1).remove, ElementsAre(1));
  EXPECT_THAT(run.verified, IsEmpty()) << "the new one was verified by the saver";
}

TEST(RetentionTest, DamagedOnesAreNotCountedAndNotNamed) {
  History run({.max_to_keep = 2, .keep_checkpoint_every_n_hours = 0});
  run.Save(1, 0);
  run.Save(2, 1);
  run.damaged = {2};
  const RetentionPlan plan = run.Save(3, 2);
  EXPECT_THAT(plan.remove, IsEmpty());
  EXPECT_THAT(plan.state.all, ElementsAre("model-1", "model-3"));
  EXPECT_THAT(plan.warnings, ElementsAre(HasSubstr("model-2 is left alone")));
}

TEST(RetentionTest, DamagedOnesOlderThanAllThatIsKeptGo) {
  History run({.max_to_keep = 2, .keep_checkpoint_every_n_hours = 0});
  run.Save(1, 0);
  run.Save(2, 1);
  run.damaged = {1};
  EXPECT_THAT(run.Save(3, 2).remove, ElementsAre(1));
}

TEST(RetentionTest, OneIsSparedEverySoManyHours) {
  History run({.max_to_keep = 2, .keep_checkpoint_every_n_hours = 1});
  for (int64_t i = 0; i <= 30; ++i) run.Save(i, 0.25 * kHour * static_cast<double>(i));
  // The first is not yet an hour old; then each one that is an hour younger than the last spared.
  EXPECT_THAT(run.steps(), ElementsAre(4, 8, 12, 16, 20, 24, 28, 29, 30));
  EXPECT_EQ(run.state->all.size(), 9u) << "what is spared stays named";
}

TEST(RetentionTest, WhatIsSparedStaysSoAfterRestartsWithOtherRules) {
  History run({.max_to_keep = 2, .keep_checkpoint_every_n_hours = 1});
  for (int64_t i = 0; i <= 10; ++i) run.Save(i, 0.25 * kHour * static_cast<double>(i));
  const std::vector<int64_t> before = run.steps();
  ASSERT_THAT(before, ElementsAre(4, 8, 9, 10));
  const RetentionPlan plan = PlanRetention({.steps = std::vector<int64_t>{4, 8, 9, 10, 11},
                                            .saved = 11,
                                            .now = kDay + 3 * kHour,
                                            .state = run.state,
                                            .verify = [](int64_t) { return Status(); }},
                                           {.max_to_keep = 1, .keep_checkpoint_every_n_hours = 0});
  EXPECT_THAT(plan.remove, ElementsAre(9, 10));
  EXPECT_THAT(plan.state.all, ElementsAre("model-4", "model-8", "model-11"));
}

TEST(RetentionTest, ADamagedOneIsNotSpared) {
  History run({.max_to_keep = 1, .keep_checkpoint_every_n_hours = 1});
  run.Save(0, 0);
  run.Save(1, 2 * kHour);
  run.damaged = {1};
  EXPECT_THAT(run.Save(2, 3 * kHour).remove, ElementsAre(1));
}

TEST(RetentionTest, WithoutARecordOldOnesAreLeftAlone) {
  History run({.max_to_keep = 2, .keep_checkpoint_every_n_hours = 1});
  for (int64_t i = 0; i <= 12; ++i) run.Save(i, 0.25 * kHour * static_cast<double>(i));
  ASSERT_THAT(run.steps(), ElementsAre(4, 8, 11, 12));
  run.state.reset();
  const RetentionPlan plan = run.Save(13, 4 * kHour);
  EXPECT_THAT(plan.remove, ElementsAre(11))
      << "as always; what is older was spared, or may have been";
  EXPECT_THAT(plan.warnings, ElementsAre(HasSubstr("model-8 and older ones are not removed")));
  run.Save(14, 4.1 * kHour);
  run.Save(15, 4.2 * kHour);
  EXPECT_THAT(run.steps(), ElementsAre(4, 8, 14, 15));
}

TEST(RetentionTest, ACrashBeforeTheStateFileLeavesNothingBehindForGood) {
  History run({.max_to_keep = 1, .keep_checkpoint_every_n_hours = 1});
  run.Save(1, 0);
  run.state.reset();  // the process died before it could write the first one
  EXPECT_THAT(run.Save(2, 1).remove, ElementsAre(1));
}

TEST(RetentionTest, AClockThatGoesBackOrAheadDoesNotDisturb) {
  History run({.max_to_keep = 2, .keep_checkpoint_every_n_hours = 1});
  run.Save(1, 0);
  run.Save(2, 1e9);
  for (int64_t step = 3; step <= 9; ++step) run.Save(step, 10.0 * static_cast<double>(step));
  EXPECT_THAT(run.steps(), ElementsAre(2, 8, 9));
  EXPECT_TRUE(std::ranges::is_sorted(run.state->timestamps));
}

TEST(RetentionTest, UnusableTimesAreForgotten) {
  History run({.max_to_keep = 2});
  run.Save(1, 0);
  run.state->timestamps = {std::nan("")};
  run.state->last_preserved_timestamp = HUGE_VAL;
  run.Save(2, 10);
  run.Save(3, 20);
  EXPECT_THAT(run.steps(), ElementsAre(2, 3));
  EXPECT_LT(*run.state->last_preserved_timestamp, kDay + 10);
}

TEST(RetentionTest, OthersInTheStateFileAreCarriedOver) {
  History run({.max_to_keep = 1, .keep_checkpoint_every_n_hours = 0});
  run.state = StateFile{"ckpt-7", {"min-loss", "model-best", "ckpt-7"}, {}, {}};
  run.Save(1, 0);
  run.Save(2, 0);
  EXPECT_THAT(run.state->all, ElementsAre("min-loss", "model-best", "ckpt-7", "model-2"));
  EXPECT_EQ(run.state->latest, "model-2");
  EXPECT_EQ(run.state->timestamps.size(), 4u);
}

TEST(RetentionTest, TheOneJustSavedStaysWhereLaterStepsExist) {
  History run({.max_to_keep = 2, .keep_checkpoint_every_n_hours = 0});
  run.Save(30, 0);
  run.Save(40, 1);
  const RetentionPlan plan = run.Save(20, 2);
  EXPECT_THAT(plan.remove, ElementsAre(30));
  EXPECT_THAT(plan.state.all, ElementsAre("model-40", "model-20"));
  EXPECT_EQ(plan.state.latest, "model-20");
  EXPECT_THAT(plan.warnings, ElementsAre(HasSubstr("model-40 is of a later step")));
}

TEST(RetentionTest, PathsOfAMovedDirectoryKeepTheirTimes) {
  const std::vector<int64_t> steps = {1, 2};
  const RetentionPlan plan =
      PlanRetention({.steps = steps,
                     .saved = 2,
                     .now = kDay + 9,
                     .state = StateFile{"/old/run/model-1", {"/old/run/model-1"}, {kDay}, {}},
                     .verify = [](int64_t) { return Status(); }},
                    {});
  EXPECT_THAT(plan.state.all, ElementsAre("model-1", "model-2"));
  EXPECT_THAT(plan.state.timestamps, ElementsAre(kDay, kDay + 9));
}

}  // namespace
}  // namespace cairn
