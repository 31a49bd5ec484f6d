// A log whose lines wait until Python takes them.
#ifndef CAIRN_PYTHON_QUEUED_LOG_H_
#define CAIRN_PYTHON_QUEUED_LOG_H_

#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cairn/monitor/log.h"

namespace cairn::python {

// Threads of the library write lines without touching Python, so that none of them can wait for the
// GIL, also while the interpreter ends.
class QueuedLog final : public Log {
 public:
  struct Line {
    LogLevel level = LogLevel::kInfo;
    std::string text;
  };

  void Write(LogLevel level, std::string_view line) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back({level, std::string(line)});
  }

  // Returns the lines since the last call.
  std::vector<Line> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Line> lines_;
};

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_QUEUED_LOG_H_
