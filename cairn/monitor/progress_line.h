// Shows how fast an epoch goes and when it will end.
#ifndef CAIRN_MONITOR_PROGRESS_LINE_H_
#define CAIRN_MONITOR_PROGRESS_LINE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "cairn/core/export.h"
#include "cairn/monitor/terminal.h"

namespace cairn {

struct ProgressOptions {
  // Seconds between two lines where the terminal cannot rewrite one.
  double line_every_seconds = 60;
  // Returns seconds of a clock that never goes back. Null: the machine's.
  std::function<double()> clock = {};
};

// Shows `epoch 3: 120/500 steps, 52.1 steps/s, 0:07 left`. On a terminal this is one line that is
// rewritten at most ten times in a second; elsewhere it is a line now and then. Used by one thread.
class CAIRN_EXPORT ProgressLine {
 public:
  explicit ProgressLine(std::shared_ptr<Terminal> terminal, ProgressOptions options = {});

  // An epoch of `num_steps` steps begins or, in a resumed run, goes on after `num_done` of them.
  void Begin(int64_t epoch, int64_t num_steps, int64_t num_done);
  // So many steps of the epoch are done now.
  void Update(int64_t num_done);
  // The epoch is over: the rewritten line disappears.
  void End();

 private:
  std::string Text(int64_t num_done, double now) const;

  const std::shared_ptr<Terminal> terminal_;
  const std::function<double()> clock_;
  const double period_;  // seconds between two times that it is shown
  int64_t epoch_ = 0;
  int64_t num_steps_ = 0;
  int64_t num_done_at_begin_ = 0;
  double begin_ = 0;
  double last_shown_ = 0;
};

}  // namespace cairn

#endif  // CAIRN_MONITOR_PROGRESS_LINE_H_
