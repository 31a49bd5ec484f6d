// How far a long read is, on stderr: a bar on a terminal, lines in a log.
#ifndef CAIRN_CLI_PRINT_PROGRESS_BAR_H_
#define CAIRN_CLI_PRINT_PROGRESS_BAR_H_

#include <chrono>
#include <string>
#include <string_view>

#include "cairn/transfer/transfer.h"

namespace cairn::cli {

enum class ProgressStyle : uint8_t {
  kAuto,   // a bar where stderr is a terminal, from half a second on; otherwise nothing
  kPlain,  // a line for each tenth, whatever stderr is
  kNone,
};

// Gone without a trace when it is destroyed, so that what is said next stands on a clean line.
class ProgressBar final : public Progress {
 public:
  // `what` stands in front: "verify run/model-1".
  ProgressBar(std::string_view what, ProgressStyle style);
  ~ProgressBar() override;
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void Advance(uint64_t done_nbytes, uint64_t total_nbytes) override;

 private:
  using Clock = std::chrono::steady_clock;

  void DrawBar(uint64_t done_nbytes, uint64_t total_nbytes);
  void WritePlainLine(uint64_t done_nbytes, uint64_t total_nbytes);

  std::string what_;
  ProgressStyle style_;
  bool is_drawn_ = false;
  uint64_t tenths_told_ = 0;
  Clock::time_point next_;  // no bar is drawn before
};

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_PROGRESS_BAR_H_
