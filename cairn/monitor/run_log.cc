#include "cairn/monitor/run_log.h"

#include "cairn/monitor/time_stamp.h"

namespace cairn {
namespace {

std::string_view WordOf(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return "";
    case LogLevel::kWarning:
      return "WRN ";
    case LogLevel::kError:
      return "ERR ";
  }
  return "";
}

}  // namespace

void RunLog::WriteTo(std::unique_ptr<WritableFile> file) {
  const std::scoped_lock lock(mutex_);
  file_ = std::move(file);
  file_nbytes_ = 0;
}

void RunLog::Write(LogLevel level, std::string_view line) {
  std::string text = "[" + LineStamp(clock_()) + "] ";
  text.append(WordOf(level)).append(line);
  terminal_->WriteLine(text);
  text += '\n';
  const std::scoped_lock lock(mutex_);
  if (!file_) return;
  // A line that was not written leaves its place to the next one.
  if (file_->WriteAt(file_nbytes_, AsBytes(text)).ok()) file_nbytes_ += text.size();
}

}  // namespace cairn
