#include "cli/run_changes.h"

#include <algorithm>
#include <set>

namespace cairn::cli {
namespace {

// What tells a checkpoint from others: a copy of the best one keeps its name and gets another step.
using CheckpointKey = std::pair<std::string_view, std::optional<int64_t>>;

CheckpointKey KeyOf(const RunCheckpoint& checkpoint) { return {checkpoint.name, checkpoint.step}; }

std::set<CheckpointKey> CompleteOnes(const RunDirectory& run) {
  std::set<CheckpointKey> keys;
  for (const RunCheckpoint& checkpoint : run.checkpoints)
    if (checkpoint.complete.ok()) keys.insert(KeyOf(checkpoint));
  return keys;
}

class Comparison {
 public:
  // `before` is null where nothing was seen then.
  Comparison(const RunGlance* before, const RunGlance& now) : before_(before), now_(now) {}

  void AppendTo(std::vector<RunChange>& changes) {
    CompareWriters();
    CompareCheckpoints();
    CompareStatistics();
    const std::vector<std::string> none;
    CompareLines(before_ ? before_->damage : none, now_.damage);
    CompareLines(before_ ? before_->failures : none, now_.failures);
    std::ranges::move(changes_, std::back_inserter(changes));
  }

 private:
  void CompareWriters() {
    const RunWriter none;
    const RunWriter& before = before_ ? before_->writer : none;
    if (before.state == now_.writer.state && before.lease.number == now_.writer.lease.number &&
        before.lease.holder == now_.writer.lease.holder)
      return;
    changes_.emplace_back(WriterChange{});
  }

  void CompareCheckpoints() {
    if (before_ == nullptr) {
      if (now_.newest) changes_.emplace_back(CheckpointChange{*now_.newest, true});
      return;
    }
    const std::set<CheckpointKey> old = CompleteOnes(before_->run);
    for (size_t i = 0; i < now_.run.checkpoints.size(); ++i) {
      const RunCheckpoint& checkpoint = now_.run.checkpoints[i];
      if (checkpoint.complete.ok() && !old.contains(KeyOf(checkpoint)))
        changes_.emplace_back(CheckpointChange{i, false});
    }
  }

  void CompareStatistics() {
    const auto& now = now_.statistics.records;
    if (now.empty()) return;
    const size_t old_size = before_ ? before_->statistics.records.size() : 0;
    // Records are added at the end. Where there are not more of them, the file was written anew.
    const bool has_grown = old_size > 0 && now.size() > old_size;
    for (size_t i = has_grown ? old_size : now.size() - 1; i < now.size(); ++i) {
      const bool is_old =
          old_size == now.size() && TextOf(before_->statistics.records[i]) == TextOf(now[i]);
      if (!is_old) changes_.emplace_back(StatisticsChange{i});
    }
  }

  void CompareLines(const std::vector<std::string>& before, const std::vector<std::string>& now) {
    for (const std::string& line : now) {
      if (std::ranges::find(before, line) == before.end())
        changes_.emplace_back(FailureChange{line});
    }
  }

  const RunGlance* before_;
  const RunGlance& now_;
  std::vector<RunChange> changes_;
};

}  // namespace

std::vector<RunChange> ChangesSince(const RunGlance* before, const RunGlance& now) {
  const bool was_lost = before != nullptr && !before->trouble.ok();
  std::vector<RunChange> changes;
  if (!now.trouble.ok()) {
    const bool is_known = was_lost && before->trouble.message() == now.trouble.message();
    if (!is_known) changes.emplace_back(DirectoryChange{});
    return changes;
  }
  if (was_lost) changes.emplace_back(DirectoryChange{});
  Comparison(was_lost ? nullptr : before, now).AppendTo(changes);
  return changes;
}

}  // namespace cairn::cli
