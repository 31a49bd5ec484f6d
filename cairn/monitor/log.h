// Where a run writes lines for people: the file log.log, the terminal.
#ifndef CAIRN_MONITOR_LOG_H_
#define CAIRN_MONITOR_LOG_H_

#include <cstdint>
#include <string_view>

#include "cairn/core/export.h"

namespace cairn {

enum class LogLevel : uint8_t { kInfo, kWarning, kError };

// Safe to use from several threads at once. A line that cannot be written is lost: no training
// fails for that.
class CAIRN_EXPORT Log {
 public:
  virtual ~Log() = default;

  // `line` has no line break at its end.
  virtual void Write(LogLevel level, std::string_view line) = 0;

  void Info(std::string_view line) { Write(LogLevel::kInfo, line); }
  void Warning(std::string_view line) { Write(LogLevel::kWarning, line); }
  void Error(std::string_view line) { Write(LogLevel::kError, line); }
};

// Writes nothing.
CAIRN_EXPORT Log& NoLog();

}  // namespace cairn

#endif  // CAIRN_MONITOR_LOG_H_
