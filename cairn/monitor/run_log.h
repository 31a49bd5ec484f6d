// The log of a run: lines with their time, in a file and on a terminal.
//
//   [0131 12:00:00] Model saved to run/model-40.
//   [0131 12:00:01] WRN the file system of run has no locks
//   [0131 12:00:02] ERR …
#ifndef CAIRN_MONITOR_RUN_LOG_H_
#define CAIRN_MONITOR_RUN_LOG_H_

#include <functional>
#include <memory>
#include <mutex>
#include <string_view>

#include "cairn/io/file_system.h"
#include "cairn/monitor/log.h"
#include "cairn/monitor/terminal.h"

namespace cairn {

class RunLog final : public Log {
 public:
  // `clock` returns seconds since 1970.
  RunLog(std::shared_ptr<Terminal> terminal, std::function<double()> clock)
      : terminal_(std::move(terminal)), clock_(std::move(clock)) {}

  // From now on lines go into this file, too, which is empty.
  void WriteTo(std::unique_ptr<WritableFile> file);

  void Write(LogLevel level, std::string_view line) override;

 private:
  const std::shared_ptr<Terminal> terminal_;
  const std::function<double()> clock_;
  std::mutex mutex_;  // of what follows
  std::unique_ptr<WritableFile> file_;
  uint64_t file_nbytes_ = 0;
};

}  // namespace cairn

#endif  // CAIRN_MONITOR_RUN_LOG_H_
