// The properties that hold for every history of saves, damage, restarts and rules.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "cairn/saver/retention_history_fixture.h"
#include "cairn/saver/retention_words.h"

namespace cairn {
namespace {

RetentionRules AnyRules() {
  return {.max_to_keep = *rc::gen::inRange<uint64_t>(0, 4),
          .keep_checkpoint_every_n_hours = *rc::gen::element(0.0, 0.3, 1.0),
          .keep_every_n_steps = *rc::gen::element<int64_t>(0, 0, 2, 5),
          .keep_best = {.statistic = "loss",
                        .count = *rc::gen::inRange<uint64_t>(0, 4),
                        .largest = *rc::gen::arbitrary<bool>()},
          .max_nbytes = *rc::gen::element<uint64_t>(0, 0, 20, 60, 200)};
}

double AnyValue() {
  const int number = *rc::gen::inRange(-2, 6);
  return number < 0 ? std::numeric_limits<double>::quiet_NaN() : number;
}

// Lets something happen between two saves.
void Happen(History& run) {
  const std::vector<int64_t> steps = run.steps();
  switch (*rc::gen::inRange(0, 10)) {
    case 0:
      run.rules = AnyRules();
      break;
    case 1:
      run.state.reset();
      break;
    case 2:
      run.unreadable.clear();
      break;
    case 3:
      run.unreadable.insert(*rc::gen::elementOf(steps));
      break;
    case 4:
    case 5:
      run.damaged.insert(*rc::gen::elementOf(steps));
      break;
    default:
      break;
  }
}

bool IsSound(const History& run, int64_t step) {
  return !run.damaged.contains(step) && !run.unreadable.contains(step);
}

// Whether reading a checkpoint shows that it is damaged.
bool IsSeenDamaged(const History& run, int64_t step) {
  return run.damaged.contains(step) && !run.unreadable.contains(step);
}

// Everything that decides, worked out anew and in the plainest way.
struct Expected {
  const History& run;
  const std::vector<int64_t> steps;  // before the plan
  const RetentionPlan& plan;
  int64_t saved;

  bool is_saved() const { return std::ranges::binary_search(steps, saved); }
  bool IsGood(int64_t step) const { return step == saved || IsSound(run, step); }
  bool IsKept(int64_t step) const { return !std::ranges::count(plan.remove, step); }
  uint64_t SizeOf(int64_t step) const { return run.nbytes.at(step); }

  bool WasSpared(int64_t step) const {
    if (!run.state || !run.state->last_preserved_timestamp) return false;
    for (size_t i = 0; i < run.state->all.size(); ++i)
      if (run.state->all[i] == "model-" + std::to_string(step))
        return run.state->timestamps[i] <= *run.state->last_preserved_timestamp;
    return false;
  }
  // Whether enough newer ones are good; those that were spared before do not count.
  bool IsBeyondNewest(int64_t step) const {
    const auto counts = [&](int64_t other) {
      return other == saved || (other > step && IsGood(other) && !WasSpared(other));
    };
    const auto num_newer =
        static_cast<uint64_t>(std::ranges::count_if(steps, counts)) + (is_saved() ? 0 : 1);
    return run.rules.max_to_keep > 0 && num_newer >= run.rules.max_to_keep;
  }
  bool IsOneOfNewest(int64_t step) const {
    return run.rules.max_to_keep == 0 || (!IsBeyondNewest(step) && !WasSpared(step));
  }
  bool IsAmongBest(int64_t step) const {
    const auto beats = [&](int64_t a, int64_t b) {
      const double x = run.values.at(a);
      const double y = run.values.at(b);
      if (std::isnan(x)) return false;
      if (x == y) return a < b;
      return run.rules.keep_best.largest ? x > y : x < y;
    };
    if (std::isnan(run.values.at(step)) || (IsSeenDamaged(run, step) && step != saved))
      return false;
    const auto num_better = static_cast<uint64_t>(std::ranges::count_if(
        steps, [&](int64_t other) { return IsGood(other) && beats(other, step); }));
    return num_better < run.rules.keep_best.count;
  }
  bool IsMultiple(int64_t step) const {
    return run.rules.keep_every_n_steps > 0 && step % run.rules.keep_every_n_steps == 0;
  }
  bool IsKeptByARule(int64_t step) const {
    return !IsBeyondNewest(step) || IsAmongBest(step) || IsMultiple(step) || WasSpared(step);
  }
  // The budget, less what is still to be saved.
  uint64_t Budget() const {
    const uint64_t all = run.rules.max_nbytes;
    return is_saved() ? all : all - std::min(all, SizeOf(saved));
  }
  uint64_t NbytesKept() const {
    uint64_t nbytes = 0;
    for (const int64_t step : steps) nbytes += IsKept(step) ? SizeOf(step) : 0;
    return nbytes;
  }
  std::string Reason(int64_t step) const {
    return std::ranges::find(plan.verdicts, step, &RetentionVerdict::step)->reasons.front();
  }
  bool IsForBudget(int64_t step) const { return Reason(step).starts_with("the budget"); }
};

void LogPlan(const Expected& expected) {
  const History& run = expected.run;
  RC_LOG() << "rules:";
  for (const std::string& rule : RulesInWords(run.rules)) RC_LOG() << " " << rule << ";";
  if (run.state) RC_LOG() << "\n" << FormatStateFile(*run.state);
  RC_LOG() << "saved " << expected.saved << ", damaged " << rc::toString(run.damaged)
           << ", unreadable " << rc::toString(run.unreadable) << "\n";
  for (const RetentionVerdict& verdict : expected.plan.verdicts)
    RC_LOG() << verdict.step << " of " << run.nbytes.at(verdict.step) << " B, "
             << run.values.at(verdict.step) << (verdict.is_kept ? ": kept: " : ": removed: ")
             << rc::toString(verdict.reasons) << "\n";
}

void CheckLastGoodStays(const Expected& expected) {
  if (expected.is_saved()) {
    RC_ASSERT(expected.IsKept(expected.saved));
    return;
  }
  const auto last = std::find_if(expected.steps.rbegin(), expected.steps.rend(),
                                 [&](int64_t step) { return expected.IsGood(step); });
  if (last == expected.steps.rend())
    RC_ASSERT(std::ranges::all_of(expected.plan.remove, [&](int64_t step) {
      // If no checkpoint verifies, none is worth more than another: only a budget takes what is
      // damaged.
      return expected.IsForBudget(step);
    }));
  else
    RC_ASSERT(expected.IsKept(*last));
}

void CheckRemoved(const Expected& expected) {
  uint64_t least_needed = UINT64_MAX;
  for (const int64_t step : expected.plan.remove) {
    if (!expected.IsForBudget(step)) {
      RC_ASSERT(!expected.IsKeptByARule(step));
      continue;
    }
    RC_ASSERT(expected.run.rules.max_nbytes > 0);
    least_needed = std::min(least_needed, expected.SizeOf(step));
    if (IsSeenDamaged(expected.run, step)) continue;
    // No less important one stays in its place.
    for (const int64_t other : expected.steps) {
      if (!expected.IsKept(other) || other == expected.saved) continue;
      const bool is_last_good =
          !expected.is_saved() && expected.Reason(other) != "" &&
          std::ranges::count(
              std::ranges::find(expected.plan.verdicts, other, &RetentionVerdict::step)->reasons,
              "the last good one") > 0;
      if (is_last_good) continue;
      RC_ASSERT(!IsSeenDamaged(expected.run, other));
      if (expected.IsAmongBest(step))
        RC_ASSERT(expected.IsAmongBest(other));
      else if (!expected.IsAmongBest(other) && expected.IsOneOfNewest(step))
        RC_ASSERT(other > step);
    }
  }
  if (least_needed != UINT64_MAX) {
    uint64_t nbytes = expected.NbytesKept();
    for (const int64_t step : expected.plan.remove)
      nbytes += expected.IsForBudget(step) ? expected.SizeOf(step) : 0;
    RC_ASSERT(nbytes > expected.Budget());
  }
}

void CheckBudget(const Expected& expected) {
  if (expected.run.rules.max_nbytes == 0 || expected.NbytesKept() <= expected.Budget()) return;
  // Only what never goes is larger.
  const auto num_kept =
      std::ranges::count_if(expected.steps, [&](int64_t step) { return expected.IsKept(step); });
  RC_ASSERT(num_kept == 1);
}

void CheckState(const Expected& expected) {
  const StateFile& state = expected.plan.state;
  RC_ASSERT(state.timestamps.size() == state.all.size());
  for (const int64_t step : expected.steps) {
    const auto listed = std::ranges::count(state.all, "model-" + std::to_string(step));
    RC_ASSERT(listed <= 1);
    if (!expected.IsKept(step)) RC_ASSERT(listed == 0);
    if (expected.IsKept(step) && (step == expected.saved || !IsSeenDamaged(expected.run, step)))
      RC_ASSERT(listed == 1);
  }
  if (!state.all.empty()) RC_ASSERT(state.latest == state.all.back());
  if (expected.is_saved()) RC_ASSERT(state.latest == "model-" + std::to_string(expected.saved));
}

void CheckSame(const RetentionPlan& a, const RetentionPlan& b) {
  RC_ASSERT(a.remove == b.remove);
  RC_ASSERT(a.warnings == b.warnings);
  RC_ASSERT(FormatStateFile(a.state) == FormatStateFile(b.state));
  RC_ASSERT(a.verdicts.size() == b.verdicts.size());
  for (size_t i = 0; i < a.verdicts.size(); ++i)
    RC_ASSERT(a.verdicts[i].reasons == b.verdicts[i].reasons);
}

void Remove(StateFile& state, int64_t step) {
  for (size_t i = state.all.size(); i-- > 0;) {
    if (state.all[i] != "model-" + std::to_string(step)) continue;
    state.all.erase(state.all.begin() + static_cast<std::ptrdiff_t>(i));
    state.timestamps.erase(state.timestamps.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

RC_GTEST_PROP(RetentionProperty, EveryHistory, ()) {
  History run(AnyRules());
  int64_t step = 0;
  double time = 0;
  const int num_saves = *rc::gen::inRange(1, 25);
  for (int i = 0; i < num_saves; ++i) {
    if (!run.steps().empty()) Happen(run);
    step += *rc::gen::inRange(1, 4);
    time += kHour * *rc::gen::element(0.01, 0.2, 0.7);
    run.nbytes[step] = *rc::gen::inRange<uint64_t>(1, 30);
    run.values[step] = AnyValue();

    const RetentionPlan room = run.Plan(step, time);
    const Expected for_room{run, run.steps(), room, step};
    LogPlan(for_room);
    CheckLastGoodStays(for_room);
    CheckRemoved(for_room);
    CheckBudget(for_room);
    CheckState(for_room);

    const std::optional<StateFile> state_before = run.state;
    run.Add(step);
    const std::vector<int64_t> steps = run.steps();
    const RetentionPlan plan = run.Plan(step, time);
    CheckSame(plan, run.Plan(step, time));
    const Expected expected{run, steps, plan, step};
    LogPlan(expected);
    CheckLastGoodStays(expected);
    CheckRemoved(expected);
    CheckBudget(expected);
    CheckState(expected);

    // A save that is tried again, because the state file or a removal failed, removes nothing more.
    run.Apply(plan);
    const RetentionPlan again = run.Plan(step, time);
    LogPlan({run, run.steps(), again, step});
    RC_ASSERT(again.remove.empty());
    RC_ASSERT(again.state.last_preserved_timestamp == plan.state.last_preserved_timestamp);
    // A damaged one that nobody asks for again is not known to be so.
    const auto without_damaged = [&](StateFile state) {
      for (const int64_t damaged : run.damaged) Remove(state, damaged);
      return FormatStateFile(state);
    };
    RC_ASSERT(without_damaged(again.state) == without_damaged(plan.state));
  }
}

// Each rule keeps what it would keep alone: the others only add to that.
RC_GTEST_PROP(RetentionProperty, OtherRulesDoNotChangeWhatTimeSpares, ()) {
  RetentionRules rules = AnyRules();
  rules.max_nbytes = 0;
  History all(rules);
  History only({.max_to_keep = rules.max_to_keep,
                .keep_checkpoint_every_n_hours = rules.keep_checkpoint_every_n_hours});
  double time = 0;
  const int num_saves = *rc::gen::inRange(1, 40);
  for (int64_t step = 1; step <= num_saves; ++step) {
    time += kHour * *rc::gen::element(0.01, 0.2, 0.7);
    if (*rc::gen::inRange(0, 6) == 0 && step > 1) {
      const auto damaged = *rc::gen::inRange<int64_t>(1, step);
      all.damaged.insert(damaged);
      only.damaged.insert(damaged);
    }
    all.Save(step, time, AnyValue());
    only.Save(step, time);
    RC_ASSERT(all.state->last_preserved_timestamp == only.state->last_preserved_timestamp);
    RC_ASSERT(std::ranges::includes(all.steps(), only.steps()));
  }
}

}  // namespace
}  // namespace cairn
