// The state of Monitors as text.
//
//   1                              the version of this form
//   [{"cost": 1.5, …}]             the text of stats.json
//   12                             the number of events that were recorded
//   new 8 0.5 cost                 a value that is not in the statistics yet: step, value, name
//   old 4 1e-05 lr                 the latest value of any other name
//   earlier events.out.tfevents.…  an event file that was there before the run began
//
// New values are in the order in which they were first put, old ones are ordered by name, and so
// are files. Names are written as Escape shows them, so each line has one.
#ifndef CAIRN_TRAIN_MONITORS_STATE_H_
#define CAIRN_TRAIN_MONITORS_STATE_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/status.h"
#include "cairn/monitor/stats_file.h"

namespace cairn {

struct MonitorsState {
  struct Value {
    std::string name;
    double value = 0;
    int64_t step = 0;
  };

  StatsHistory stats;
  uint64_t num_events = 0;
  std::vector<Value> new_values;
  std::vector<Value> old_values;
  std::set<std::string> earlier_event_files;
};

std::string FormatMonitorsState(const MonitorsState& state);
// Errors: kFormat (the message says in which line), kVersion.
Result<MonitorsState> ParseMonitorsState(std::string_view text);

}  // namespace cairn

#endif  // CAIRN_TRAIN_MONITORS_STATE_H_
