// Decides which of a run's checkpoints stay. Nothing is removed here.
//
// The newest `max_to_keep` that verify are kept. An older one is removed, unless it is
// `keep_checkpoint_every_n_hours` younger than the last one that was spared so: then it is spared
// for good. When each was saved, and which one was spared last, is remembered in the state file
// alone (its time stamps and `last_preserved_timestamp`, as TensorFlow's CheckpointManager keeps
// them), never in a checkpoint, whose bytes must not depend on a clock. What is spared stays listed
// there; its time stamp is not above `last_preserved_timestamp`.
#ifndef CAIRN_TRAIN_RETENTION_H_
#define CAIRN_TRAIN_RETENTION_H_

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/state/state_file.h"

namespace cairn {

struct RetentionRules {
  uint64_t max_to_keep = 10;                   // 0 = all
  double keep_checkpoint_every_n_hours = 0.5;  // 0 = spare none
};

struct RetentionInput {
  std::span<const int64_t> steps;  // of all own checkpoints, ascending
  int64_t saved = 0;               // the one just saved: verified, never removed, one of `steps`
  double now = 0;                  // seconds since 1970
  // The state file before this save; empty if there is none or it cannot be read.
  std::optional<StateFile> state = {};
  // Asked for no more than the decision needs. An error: not to be counted.
  std::function<Status(int64_t step)> verify = {};
};

struct RetentionPlan {
  StateFile state;  // to be written: what stays, oldest first, the one just saved last
  std::vector<int64_t> remove;
  std::vector<std::string> warnings;
};

// Entries of the old state that are not ModelSaver's own are carried over.
CAIRN_EXPORT RetentionPlan PlanRetention(const RetentionInput& input, const RetentionRules& rules);

}  // namespace cairn

#endif  // CAIRN_TRAIN_RETENTION_H_
