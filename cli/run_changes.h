// What is new in a run since the last look at it.
#ifndef CAIRN_CLI_RUN_CHANGES_H_
#define CAIRN_CLI_RUN_CHANGES_H_

#include <string>
#include <variant>
#include <vector>

#include "cli/run_glance.h"

namespace cairn::cli {

// The directory cannot be looked at, or can be again.
struct DirectoryChange {};
// A checkpoint is there that was not. At the first look: the newest one.
struct CheckpointChange {
  size_t checkpoint = 0;  // in run.checkpoints
  bool is_first_look = false;
};
// stats.json has a new record. At the first look: its last one.
struct StatisticsChange {
  size_t record = 0;  // in statistics.records
};
// Another process writes, or the one that wrote has ended.
struct WriterChange {};
// Something is wrong that was not, or that the last look did not show.
struct FailureChange {
  std::string text;
};

using RunChange =
    std::variant<DirectoryChange, CheckpointChange, StatisticsChange, WriterChange, FailureChange>;

// Compares two looks; `before` is null at the first one.
std::vector<RunChange> ChangesSince(const RunGlance* before, const RunGlance& now);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_RUN_CHANGES_H_
