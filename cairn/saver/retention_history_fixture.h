// For tests of retention: a run that saves step after step.
#ifndef CAIRN_SAVER_RETENTION_HISTORY_FIXTURE_H_
#define CAIRN_SAVER_RETENTION_HISTORY_FIXTURE_H_

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "cairn/saver/retention.h"

namespace cairn {

inline constexpr double kHour = 3600;
inline constexpr double kDay = 1'700'000'000;  // the tests' time 0

// `Save` does what ModelSaver does with a plan.
class History {
 public:
  explicit History(RetentionRules its_rules) : rules(std::move(its_rules)) {}

  RetentionPlan Save(int64_t step, double time) {
    Add(step);
    return Apply(Plan(step, time));
  }
  RetentionPlan Save(int64_t step, double time, double value) {
    values[step] = value;
    return Save(step, time);
  }
  void Add(int64_t step) { steps_.insert(step); }
  // The plan for a step that is saved, or is still to be saved.
  RetentionPlan Plan(int64_t step, double time) {
    const std::vector<int64_t> now = steps();
    verified.clear();
    return PlanRetention({.steps = now,
                          .saved = step,
                          .now = kDay + time,
                          .state = state,
                          .verify = [this](int64_t s) { return Verify(s); },
                          .values = values,
                          .nbytes = nbytes},
                         rules);
  }
  RetentionPlan Apply(RetentionPlan plan) {
    for (const int64_t old : plan.remove) steps_.erase(old);
    state = plan.state;
    return plan;
  }

  std::vector<int64_t> steps() const { return {steps_.begin(), steps_.end()}; }

  RetentionRules rules;
  std::optional<StateFile> state;
  std::set<int64_t> damaged;
  std::set<int64_t> unreadable;  // now: an error of the machine
  std::map<int64_t, double> values;
  std::map<int64_t, uint64_t> nbytes;
  std::vector<int64_t> verified;  // the steps that the last plan asked for

 private:
  Status Verify(int64_t step) {
    verified.push_back(step);
    if (unreadable.contains(step)) return Status(Reason::kIo, "cannot be read");
    return damaged.contains(step) ? Status(Reason::kCrc, "checksum differs") : Status();
  }

  std::set<int64_t> steps_;
};

}  // namespace cairn

#endif  // CAIRN_SAVER_RETENTION_HISTORY_FIXTURE_H_
