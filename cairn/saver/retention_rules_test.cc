// The rules of retention beside number and time, the budget, and what is said of each checkpoint.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cairn/saver/retention_history_fixture.h"

namespace cairn {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

RetentionRules NewestOnly(uint64_t max_to_keep) {
  return {.max_to_keep = max_to_keep, .keep_checkpoint_every_n_hours = 0};
}
RetentionRules WithBest(uint64_t max_to_keep, uint64_t count, bool largest = false) {
  RetentionRules rules = NewestOnly(max_to_keep);
  rules.keep_best = {.statistic = "val_loss", .count = count, .largest = largest};
  return rules;
}
RetentionRules WithBudget(uint64_t max_to_keep, uint64_t max_nbytes) {
  RetentionRules rules = NewestOnly(max_to_keep);
  rules.max_nbytes = max_nbytes;
  return rules;
}

// All reasons of one verdict, and whether it is kept.
std::string Said(const RetentionPlan& plan, int64_t step) {
  for (const RetentionVerdict& verdict : plan.verdicts) {
    if (verdict.step != step) continue;
    std::string text = verdict.is_kept ? "kept" : "removed";
    for (const std::string& reason : verdict.reasons) text += "; " + reason;
    return text;
  }
  return "no verdict";
}

TEST(RetentionStepsTest, MultiplesStayForGoodAndAreNotRead) {
  RetentionRules rules = NewestOnly(2);
  rules.keep_every_n_steps = 10;
  History run(rules);
  RetentionPlan plan;
  for (int64_t step = 5; step <= 45; step += 5) plan = run.Save(step, static_cast<double>(step));
  EXPECT_THAT(run.steps(), ElementsAre(10, 20, 30, 40, 45));
  EXPECT_THAT(run.verified, ElementsAre(40)) << "the newest one before it, and no multiple";
  EXPECT_THAT(run.state->all,
              ElementsAre("model-10", "model-20", "model-30", "model-40", "model-45"));
  EXPECT_EQ(Said(plan, 20), "kept; a multiple of 10 steps");
  EXPECT_EQ(Said(plan, 40), "kept; one of the newest 2; a multiple of 10 steps");
  EXPECT_EQ(Said(plan, 35), "removed; beyond the newest 2");
  EXPECT_EQ(Said(plan, 45), "kept; just saved; one of the newest 2");
}

TEST(RetentionStepsTest, StepZeroIsAMultiple) {
  RetentionRules rules = NewestOnly(1);
  rules.keep_every_n_steps = 7;
  History run(rules);
  for (const int64_t step : {0, 3, 7, 8}) run.Save(step, static_cast<double>(step));
  EXPECT_THAT(run.steps(), ElementsAre(0, 7, 8));
}

TEST(RetentionBestTest, TheSmallestStayWhereverTheyAre) {
  History run(WithBest(2, 2));
  const double values[] = {0.5, 0.2, 0.9, 0.3, 0.8, 0.7, 0.6};
  RetentionPlan plan;
  for (int64_t i = 0; i < 7; ++i) plan = run.Save(i + 1, static_cast<double>(i), values[i]);
  EXPECT_THAT(run.steps(), ElementsAre(2, 4, 6, 7));
  EXPECT_EQ(Said(plan, 2), "kept; best 2 by val_loss: 0.2");
  EXPECT_EQ(Said(plan, 5), "removed; beyond the newest 2; not among the best 2 by val_loss: 0.8");
}

TEST(RetentionBestTest, TheLargestStay) {
  History run(WithBest(1, 1, true));
  run.Save(1, 0, 0.5);
  run.Save(2, 1, 0.9);
  const RetentionPlan plan = run.Save(3, 2, 0.1);
  EXPECT_THAT(run.steps(), ElementsAre(2, 3));
  EXPECT_EQ(Said(plan, 2), "kept; the best by val_loss: 0.9");
  EXPECT_EQ(Said(plan, 1), "no verdict") << "it went when it was beaten";
}

TEST(RetentionBestTest, ABeatenOneGoes) {
  History run(WithBest(1, 1));
  run.Save(1, 0, 0.5);
  run.Save(2, 1, 0.9);
  ASSERT_THAT(run.steps(), ElementsAre(1, 2));
  const RetentionPlan plan = run.Save(3, 2, 0.4);
  EXPECT_THAT(plan.remove, ElementsAre(1, 2));
  EXPECT_EQ(Said(plan, 1), "removed; not the newest; not the best by val_loss: 0.5");
}

TEST(RetentionBestTest, OfEqualValuesTheEarlierStepStays) {
  for (const bool largest : {false, true}) {
    History run(WithBest(1, 1, largest));
    run.Save(1, 0, 0.5);
    run.Save(2, 1, 0.5);
    run.Save(3, 2, 0.5);
    EXPECT_THAT(run.steps(), ElementsAre(1, 3)) << largest;
  }
}

TEST(RetentionBestTest, NanIsNeverBestAndNeverBlocks) {
  for (const bool largest : {false, true}) {
    History run(WithBest(1, 1, largest));
    run.Save(1, 0, kNaN);
    run.Save(2, 1, 0.5);
    run.Save(3, 2, kNaN);
    run.Save(4, 3, kNaN);
    EXPECT_THAT(run.steps(), ElementsAre(2, 4)) << largest;
  }
}

TEST(RetentionBestTest, InfinityIsAValue) {
  History run(WithBest(1, 1));
  run.Save(1, 0, -HUGE_VAL);
  run.Save(2, 1, 0.5);
  const RetentionPlan plan = run.Save(3, 2, HUGE_VAL);
  EXPECT_THAT(run.steps(), ElementsAre(1, 3));
  EXPECT_EQ(Said(plan, 1), "kept; the best by val_loss: -inf");
}

TEST(RetentionBestTest, ADamagedOneIsNotCounted) {
  History run(WithBest(1, 2));
  run.Save(1, 0, 0.1);
  run.Save(2, 1, 0.2);
  run.Save(3, 2, 0.3);
  ASSERT_THAT(run.steps(), ElementsAre(1, 2, 3));
  run.damaged = {1};
  const RetentionPlan plan = run.Save(4, 3, 0.9);
  EXPECT_THAT(run.steps(), ElementsAre(2, 3, 4)) << "3 is in its place";
  EXPECT_THAT(run.verified, UnorderedElementsAre(1, 2, 3));
  EXPECT_EQ(Said(plan, 1),
            "removed; not the newest; not among the best 2 by val_loss: 0.1; does not verify: "
            "E_CRC: checksum differs");
}

TEST(RetentionBestTest, OneThatCannotBeReadNowStaysButIsNotCounted) {
  History run(WithBest(1, 1));
  run.Save(1, 0, 0.1);
  run.Save(2, 1, 0.2);
  run.unreadable = {1};
  RetentionPlan plan = run.Save(3, 2, 0.9);
  EXPECT_THAT(run.steps(), ElementsAre(1, 2, 3));
  EXPECT_EQ(Said(plan, 1),
            "kept; the best by val_loss: 0.1; left alone and not counted: E_IO: cannot be read");
  EXPECT_THAT(plan.warnings, ElementsAre(HasSubstr("model-1 is left alone and not counted")));
  run.unreadable.clear();
  plan = run.Save(4, 3, 0.9);
  EXPECT_THAT(run.steps(), ElementsAre(1, 4));
}

TEST(RetentionBestTest, NoneIsReadWhereAllOfThemStay) {
  History run(WithBest(1, 3));
  for (int64_t step = 1; step <= 3; ++step) run.Save(step, static_cast<double>(step), 0.5);
  EXPECT_THAT(run.verified, IsEmpty());
  run.Save(4, 4, 0.4);
  EXPECT_THAT(run.verified, ElementsAre(1, 2)) << "the one just saved was verified by the saver";
}

TEST(RetentionBestTest, OnesWithoutAValueGoByTheOtherRules) {
  History run(WithBest(2, 5));
  for (int64_t step = 1; step <= 4; ++step) run.Save(step, static_cast<double>(step));
  EXPECT_THAT(run.steps(), ElementsAre(3, 4));
}

TEST(RetentionHoursTest, OnesThatOtherRulesKeepAreNotTakenForSpared) {
  RetentionRules rules = WithBest(1, 1);
  rules.keep_checkpoint_every_n_hours = 1;
  History run(rules);
  run.Save(0, 0, 0.9);
  run.Save(1, 0.5 * kHour, 0.1);  // the best, and not due
  run.Save(2, 1.0 * kHour, 0.9);  // due
  RetentionPlan plan = run.Save(3, 1.5 * kHour, 0.9);
  ASSERT_THAT(run.steps(), ElementsAre(1, 2, 3));
  EXPECT_EQ(run.state->last_preserved_timestamp, kDay + kHour);
  EXPECT_GT(run.state->timestamps[0], kDay + kHour) << "its own would say that it is spared";
  EXPECT_EQ(Said(plan, 2), "kept; spared for good");
  plan = run.Save(4, 1.6 * kHour, 0.05);
  EXPECT_THAT(run.steps(), ElementsAre(2, 4)) << "it is beaten, and was never spared";
}

TEST(RetentionHoursTest, TheBestCanBeSparedToo) {
  RetentionRules rules = WithBest(1, 1);
  rules.keep_checkpoint_every_n_hours = 1;
  History run(rules);
  run.Save(0, 0, 0.9);
  run.Save(1, 1.5 * kHour, 0.1);
  run.Save(2, 1.6 * kHour, 0.9);
  RetentionPlan plan = run.Save(3, 3.1 * kHour, 0.9);
  EXPECT_EQ(Said(plan, 1), "kept; the best by val_loss: 0.1; spared for good");
  run.Save(4, 3.2 * kHour, 0.05);
  plan = run.Save(5, 3.3 * kHour, 0.9);
  EXPECT_THAT(run.steps(), ElementsAre(1, 3, 4, 5)) << "it is beaten, but spared";
  EXPECT_EQ(Said(plan, 1), "kept; spared for good");
  EXPECT_EQ(Said(plan, 3), "kept; spared: 1.6 h after model-1");
}

TEST(RetentionHoursTest, ADamagedOneThatWasSparedStaysNamedAndSpared) {
  RetentionRules rules = WithBest(1, 1);
  rules.keep_checkpoint_every_n_hours = 1;
  History run(rules);
  run.Save(0, 0, 0.9);
  run.Save(1, 1.5 * kHour, 0.1);
  run.Save(2, 1.6 * kHour, 0.9);
  ASSERT_THAT(run.steps(), ElementsAre(1, 2));
  run.damaged = {1};
  run.Save(3, 1.7 * kHour, 0.8);
  EXPECT_THAT(run.verified, Contains(1)) << "for the rule of the best";
  EXPECT_THAT(run.state->all, Contains("model-1"));
  run.Save(4, 1.8 * kHour, 0.7);
  EXPECT_THAT(run.steps(), ElementsAre(1, 4));
}

TEST(RetentionHoursTest, ADueOneThatCannotBeReadNowStaysButIsNotCounted) {
  RetentionRules rules = NewestOnly(1);
  rules.keep_checkpoint_every_n_hours = 1;
  History run(rules);
  run.Save(0, 0);
  run.Save(1, 2 * kHour);
  run.unreadable = {1};
  RetentionPlan plan = run.Save(2, 2.1 * kHour);
  EXPECT_EQ(Said(plan, 1),
            "kept; spared for good; left alone and not counted: E_IO: cannot be read");
  EXPECT_LT(*run.state->last_preserved_timestamp, kDay) << "it is not yet known to be good";
  run.unreadable.clear();
  plan = run.Save(3, 2.2 * kHour);
  EXPECT_THAT(run.steps(), ElementsAre(1, 3));
  EXPECT_EQ(Said(plan, 1), "kept; spared for good");
}

TEST(RetentionBudgetTest, TheOldestGo) {
  History run(WithBudget(0, 35));
  for (int64_t step = 1; step <= 5; ++step) run.nbytes[step] = 10;
  RetentionPlan plan;
  for (int64_t step = 1; step <= 5; ++step) plan = run.Save(step, static_cast<double>(step));
  EXPECT_THAT(run.steps(), ElementsAre(3, 4, 5));
  EXPECT_EQ(Said(plan, 2), "removed; the budget of 35 B");
  EXPECT_EQ(Said(plan, 3), "kept; no limit by number");
}

TEST(RetentionBudgetTest, NoneIsReadWhereAllFit) {
  History run(WithBudget(0, 30));
  for (int64_t step = 1; step <= 3; ++step) {
    run.nbytes[step] = 10;
    run.Save(step, static_cast<double>(step));
    EXPECT_THAT(run.verified, IsEmpty());
  }
  run.nbytes[4] = 10;
  run.Save(4, 4);
  EXPECT_THAT(run.verified, ElementsAre(3, 2)) << "only those that stay";
  EXPECT_THAT(run.steps(), ElementsAre(2, 3, 4));
}

TEST(RetentionBudgetTest, HistoryGoesFirstAndTheBestLast) {
  RetentionRules rules = WithBest(2, 2);
  rules.keep_every_n_steps = 10;
  History run(rules);
  for (const int64_t step : {3, 10, 20, 25, 26, 27}) {
    run.nbytes[step] = 10;
    run.Save(step, static_cast<double>(step), step == 25 ? 0.1 : step == 3 ? 0.2 : 0.9);
  }
  ASSERT_THAT(run.steps(), ElementsAre(3, 10, 20, 25, 26, 27));
  const std::vector<std::vector<int64_t>> expected = {
      {}, {10}, {10, 20}, {10, 20, 26}, {3, 10, 20, 26}, {3, 10, 20, 25, 26}};
  for (size_t i = 0; i < expected.size(); ++i) {
    run.rules.max_nbytes = 60 - 10 * i;
    EXPECT_EQ(run.Plan(27, 27).remove, expected[i]) << run.rules.max_nbytes;
  }
}

TEST(RetentionBudgetTest, TheOneJustSavedStaysWhateverItsSize) {
  History run(WithBudget(3, 35));
  run.nbytes = {{1, 10}, {2, 10}, {3, 40}};
  run.Save(1, 1);
  run.Save(2, 2);
  RetentionPlan plan = run.Save(3, 3);
  EXPECT_THAT(run.steps(), ElementsAre(3));
  EXPECT_THAT(plan.warnings, ElementsAre("model-3 alone is larger than the budget of 35 B"));
  EXPECT_EQ(plan.state.latest, "model-3");
}

TEST(RetentionBudgetTest, ADamagedOneGoesBeforeASoundOne) {
  History run(WithBudget(0, 30));
  run.nbytes = {{1, 10}, {2, 10}, {3, 10}, {4, 10}, {5, 5}};
  for (int64_t step = 1; step <= 3; ++step) run.Save(step, static_cast<double>(step));
  run.damaged = {2};
  RetentionPlan plan = run.Save(4, 4);
  EXPECT_THAT(run.steps(), ElementsAre(1, 3, 4));
  EXPECT_EQ(Said(plan, 2), "removed; the budget of 30 B; does not verify: E_CRC: checksum differs");
}

TEST(RetentionBudgetTest, OfDamagedOnesTheNewestMayStay) {
  History run(WithBudget(0, 30));
  run.nbytes = {{1, 10}, {2, 10}, {3, 10}, {4, 10}};
  for (int64_t step = 1; step <= 3; ++step) run.Save(step, static_cast<double>(step));
  run.damaged = {1, 2};
  const RetentionPlan plan = run.Save(4, 4);
  EXPECT_THAT(run.steps(), ElementsAre(2, 3, 4));
  EXPECT_EQ(Said(plan, 2),
            "kept; no limit by number; left alone and not counted: E_CRC: checksum differs");
  EXPECT_THAT(plan.state.all, ElementsAre("model-3", "model-4"));
}

TEST(RetentionBudgetTest, OneThatCannotBeReadNowGoesInItsTurn) {
  History run(WithBudget(0, 30));
  run.nbytes = {{1, 10}, {2, 10}, {3, 10}, {4, 10}};
  for (int64_t step = 1; step <= 3; ++step) run.Save(step, static_cast<double>(step));
  run.unreadable = {2};
  EXPECT_THAT(run.Save(4, 4).remove, ElementsAre(1)) << "nothing proves that 2 is damaged";
}

TEST(RetentionBudgetTest, SizesThatOverflowAreTooLarge) {
  History run(WithBudget(0, UINT64_MAX - 1));
  run.nbytes = {{1, UINT64_MAX}, {2, UINT64_MAX}};
  run.Save(1, 1);
  EXPECT_THAT(run.Save(2, 2).remove, ElementsAre(1));
}

TEST(RetentionBudgetTest, TheBudgetIsNamedAsPeopleReadIt) {
  const std::pair<uint64_t, std::string_view> cases[] = {{1, "1 B"},
                                                         {1023, "1023 B"},
                                                         {1024, "1.0 KiB"},
                                                         {1536, "1.5 KiB"},
                                                         {(1 << 20) - 1, "1.0 MiB"},
                                                         {uint64_t{10} << 30, "10.0 GiB"},
                                                         {UINT64_MAX - 1, "16.0 EiB"}};
  for (const auto& [nbytes, text] : cases) {
    History run(WithBudget(0, nbytes));
    run.nbytes = {{1, UINT64_MAX}, {2, 1}};
    run.Save(1, 1);
    EXPECT_EQ(Said(run.Save(2, 2), 1), "removed; the budget of " + std::string(text));
  }
}

TEST(RetentionRoomTest, TheOneThatIsToBeSavedCountsAsOneOfTheNewest) {
  History run(NewestOnly(3));
  for (int64_t step = 1; step <= 3; ++step) run.Save(step, static_cast<double>(step));
  const RetentionPlan plan = run.Plan(4, 4);
  EXPECT_THAT(plan.remove, ElementsAre(1));
  EXPECT_EQ(plan.state.latest, "model-3");
  EXPECT_THAT(plan.state.all, ElementsAre("model-2", "model-3"));
  EXPECT_EQ(Said(plan, 4), "no verdict");
}

TEST(RetentionRoomTest, TheLastGoodOneStaysWhateverTheRules) {
  RetentionRules rules = WithBudget(1, 1);
  History run(rules);
  run.nbytes = {{1, 10}, {2, 10}, {3, 10}, {4, 10}};
  run.rules = NewestOnly(0);
  for (int64_t step = 1; step <= 3; ++step) run.Save(step, static_cast<double>(step));
  run.rules = rules;
  run.damaged = {3};
  RetentionPlan plan = run.Plan(4, 4);
  EXPECT_THAT(plan.remove, ElementsAre(1, 3)) << "3 is damaged, and over the budget";
  EXPECT_EQ(Said(plan, 2), "kept; the newest; the last good one");
  EXPECT_EQ(plan.state.latest, "model-2");
  run.rules.max_to_keep = 0;
  plan = run.Plan(4, 4);
  EXPECT_THAT(plan.remove, ElementsAre(1, 3));
}

TEST(RetentionRoomTest, TheLastGoodOneStaysThoughItIsOld) {
  RetentionRules rules = NewestOnly(1);
  rules.keep_checkpoint_every_n_hours = 1;
  History run(rules);
  for (int64_t i = 0; i <= 5; ++i) run.Save(i, 0.7 * kHour * static_cast<double>(i));
  ASSERT_THAT(run.steps(), ElementsAre(2, 4, 5));
  run.damaged = {4, 5};
  run.nbytes = {{2, 10}, {4, 10}, {5, 10}};
  run.rules.max_nbytes = 1;
  EXPECT_THAT(run.Plan(6, 9 * kHour).remove, ElementsAre(4, 5));
}

TEST(RetentionRoomTest, NothingGoesWhereNothingVerifies) {
  History run(NewestOnly(0));
  for (int64_t step = 1; step <= 3; ++step) run.Save(step, static_cast<double>(step));
  run.damaged = {1, 2, 3};
  for (const uint64_t max_to_keep : {1, 2, 3}) {
    run.rules = NewestOnly(max_to_keep);
    EXPECT_THAT(run.Plan(4, 4).remove, IsEmpty()) << max_to_keep;
  }
}

TEST(RetentionRoomTest, ItsSizeCountsAndItsValueDoesNot) {
  RetentionRules rules = WithBest(0, 1);
  rules.max_nbytes = 35;
  History run(rules);
  run.nbytes = {{1, 10}, {2, 10}, {3, 10}, {4, 20}};
  for (int64_t step = 1; step <= 3; ++step)
    run.Save(step, static_cast<double>(step), static_cast<double>(step));
  run.values[4] = 0;
  const RetentionPlan plan = run.Plan(4, 4);
  EXPECT_THAT(plan.remove, ElementsAre(1, 2)) << "3 is the last good one, and 1 does not fit";
}

TEST(RetentionRoomTest, TheCalledNewestStaysSo) {
  History run(NewestOnly(0));
  run.Save(40, 0);
  run.damaged = {40};
  run.Save(20, 1);
  run.rules = NewestOnly(3);
  EXPECT_EQ(run.Plan(21, 2).state.latest, "model-20");
  run.damaged.clear();
  EXPECT_THAT(run.Plan(21, 2).state.all, ElementsAre("model-40", "model-20"));
}

TEST(RetentionRoomTest, WithoutACheckpointThereIsNothingToDo) {
  History run({});
  const RetentionPlan plan = run.Plan(1, 0);
  EXPECT_THAT(plan.remove, IsEmpty());
  EXPECT_THAT(plan.verdicts, IsEmpty());
  EXPECT_EQ(plan.state.latest, "");
}

TEST(RetentionVerdictTest, EveryCheckpointHasOneInOrder) {
  RetentionRules rules = NewestOnly(2);
  rules.keep_checkpoint_every_n_hours = 0.5;
  History run(rules);
  run.Save(1, 0);
  run.Save(2, 0.1 * kHour);
  run.Save(9, 0.2 * kHour);
  run.damaged = {9};
  const RetentionPlan plan = run.Save(5, 0.3 * kHour);
  std::vector<int64_t> steps;
  for (const RetentionVerdict& verdict : plan.verdicts) {
    steps.push_back(verdict.step);
    EXPECT_THAT(verdict.reasons, Not(IsEmpty()));
    EXPECT_EQ(verdict.is_kept, !testing::Value(plan.remove, Contains(verdict.step)));
  }
  EXPECT_EQ(steps, std::vector<int64_t>({2, 5, 9}));
  EXPECT_EQ(Said(plan, 9), "kept; left alone and not counted: E_CRC: checksum differs");
}

TEST(RetentionVerdictTest, ShortTimesBetweenSparedOnesAreSaidExactly) {
  RetentionRules rules = NewestOnly(1);
  rules.keep_checkpoint_every_n_hours = 0.01;
  History run(rules);
  RetentionPlan plan;
  for (int64_t i = 0; i <= 3; ++i) plan = run.Save(i, 0.02 * kHour * static_cast<double>(i));
  EXPECT_EQ(Said(plan, 2), "kept; spared: 0.020 h after model-1");
}

}  // namespace
}  // namespace cairn
