// How far a long read is, on stderr: a bar on a terminal, lines in a log.
#ifndef CAIRN_CLI_PRINT_PROGRESS_BAR_H_
#define CAIRN_CLI_PRINT_PROGRESS_BAR_H_

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "cairn/transfer/transfer.h"

namespace cairn::cli {

enum class ProgressStyle : uint8_t {
  kAuto,   // a bar where stderr is a terminal, from half a second on; otherwise nothing
  kPlain,  // a line for each tenth, whatever stderr is
  kNone,
};

// Shows percent, bytes, rate and time left. It is erased when it is destroyed, so that the next
// message stands on a clean line. Safe to use from several threads at once.
class ProgressBar final : public Progress {
 public:
  // `what` is the verb and its path: "verify run/model-1".
  ProgressBar(std::string_view what, ProgressStyle style);
  ~ProgressBar() override;
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void Advance(uint64_t done_nbytes, uint64_t total_nbytes) override;

  // Calls `print`, which may write to the terminal, while there is no bar.
  void Pause(const std::function<void()>& print);

 private:
  using Clock = std::chrono::steady_clock;

  void DrawBar(uint64_t done_nbytes, uint64_t total_nbytes);
  void WritePlainLine(uint64_t done_nbytes, uint64_t total_nbytes);
  std::string Measure(uint64_t done_nbytes, uint64_t total_nbytes) const;
  void Clear();

  std::mutex mutex_;
  std::string what_;
  ProgressStyle style_;
  bool is_drawn_ = false;
  uint64_t tenths_told_ = 0;
  uint64_t last_nbytes_ = 0;
  Clock::time_point begin_;  // of the transfer that is under way
  Clock::time_point next_;   // no bar is drawn before
};

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_PROGRESS_BAR_H_
