#include "cairn/monitor/log.h"

namespace cairn {
namespace {

class SilentLog final : public Log {
 public:
  void Write(LogLevel, std::string_view) override {}
};

}  // namespace

Log& NoLog() {
  static SilentLog log;
  return log;
}

}  // namespace cairn
