// Decides which of a run's checkpoints stay. Nothing is removed here.
//
// A checkpoint stays if any rule keeps it:
//
//   max_to_keep         The newest ones that verify. One that does not verify is not counted; it is
//                       left alone while it is newer than those that are.
//   keep_checkpoint_every_n_hours
//                       One that is older than those is spared for good if it was saved so many
//                       hours after the last one that was spared so.
//   keep_every_n_steps  Steps that are multiples of it. They are not read.
//   keep_best           The ones that verify and have the best values of a statistic.
//
// The budget comes last. While what stays is larger than `max_nbytes`, checkpoints go in this
// order: the damaged ones; those that only hours or steps keep, which are history, the oldest
// first; the newest ones, the oldest of them first; the best ones, the worst of them first. The one
// just saved never goes. Nothing goes in favour of a damaged one.
//
// Only damage (verdict.h) ends the protection by a rule. A checkpoint that cannot be read now is
// kept as if it were good, but not counted.
//
// When each was saved, and which one was spared last, is remembered in the state file alone (its
// time stamps and `last_preserved_timestamp`, as TensorFlow's CheckpointManager keeps them), never
// in a checkpoint, whose bytes must not depend on a clock. What is spared stays listed there; its
// time stamp is not above `last_preserved_timestamp`. If one that another rule keeps is older than
// that, its time stamp is moved just above it, so that it can go when that rule no longer keeps it.
#ifndef CAIRN_SAVER_RETENTION_H_
#define CAIRN_SAVER_RETENTION_H_

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/state/state_file.h"

namespace cairn {

// Keeps the `count` checkpoints with the smallest values of a statistic, or with the largest. NaN
// is never among them. Of equal values the earlier step comes first.
struct BestRule {
  std::string statistic = {};  // as messages name it; the values themselves are in RetentionInput
  uint64_t count = 0;          // 0 = keep none for that
  bool largest = false;

  friend bool operator==(const BestRule&, const BestRule&) = default;
};

struct RetentionRules {
  uint64_t max_to_keep = 10;                   // 0 = all
  double keep_checkpoint_every_n_hours = 0.5;  // 0 = spare none
  int64_t keep_every_n_steps = 0;              // 0 = keep none for that
  BestRule keep_best = {};
  uint64_t max_nbytes = 0;  // of all own checkpoints together; 0 = no limit

  friend bool operator==(const RetentionRules&, const RetentionRules&) = default;
};

struct RetentionInput {
  std::span<const int64_t> steps;  // of all own checkpoints, ascending
  // The one just saved: verified, and never removed. If it is not one of `steps`, it is still to be
  // saved, and the plan makes room for it: it counts as one of the newest, and with its size. The
  // newest one that verifies is never removed then, because it is the last good one.
  int64_t saved = 0;
  double now = 0;  // seconds since 1970
  // The state file before this save; empty if there is none or it cannot be read.
  std::optional<StateFile> state = {};
  // Asked for no more than the decision needs, once for a step. An error: not to be counted.
  std::function<Status(int64_t step)> verify = {};
  std::map<int64_t, double> values = {};    // of the statistic of keep_best, by step
  std::map<int64_t, uint64_t> nbytes = {};  // sizes by step; 0 where it is not known
  // How the state file names each of `steps`; "model-STEP" where nothing is given.
  std::map<int64_t, std::string> names = {};
};

struct RetentionVerdict {
  int64_t step = 0;
  bool is_kept = true;
  // Names every rule that keeps it, or what makes it go: "one of the newest 3", "spared: 0.6 h
  // after model-20", "beyond the newest 3", "the budget of 10.0 GiB". Never empty.
  std::vector<std::string> reasons = {};
};

struct RetentionPlan {
  // To be written: what stays, oldest first, the one just saved last. Where room is made, what the
  // state file called the newest stays so.
  StateFile state;
  std::vector<int64_t> remove;
  std::vector<std::string> warnings;
  std::vector<RetentionVerdict> verdicts;  // of every one of `steps`, ascending
};

// Entries of the old state that are not ModelSaver's own are carried over.
CAIRN_EXPORT RetentionPlan PlanRetention(const RetentionInput& input, const RetentionRules& rules);

}  // namespace cairn

#endif  // CAIRN_SAVER_RETENTION_H_
