#include "cli/print/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "cli/output.h"
#include "cli/print/clock_text.h"
#include "cli/print/columns.h"
#include "cli/print/size_text.h"
#include "cli/terminal_size.h"

namespace cairn::cli {
namespace {

constexpr auto kDelay = std::chrono::milliseconds(500);
constexpr auto kInterval = std::chrono::milliseconds(100);
constexpr size_t kBarWidth = 10;  // leaves room for numbers and path in 80 columns
constexpr std::string_view kClearLine = "\r\x1b[K";

// In parts of `parts`, rounded down; an empty job is done.
uint64_t Share(uint64_t done, uint64_t total, uint64_t parts) {
  if (total == 0 || done >= total) return parts;
  return static_cast<uint64_t>(static_cast<double>(done) / static_cast<double>(total) *
                               static_cast<double>(parts));
}

}  // namespace

ProgressBar::ProgressBar(std::string_view what, ProgressStyle style)
    : what_(OneLine(what)), style_(style), begin_(Clock::now()), next_(begin_ + kDelay) {
  if (style_ == ProgressStyle::kAuto && !IsTerminal(STDERR_FILENO)) style_ = ProgressStyle::kNone;
}

ProgressBar::~ProgressBar() { Clear(); }

void ProgressBar::Advance(uint64_t done_nbytes, uint64_t total_nbytes) {
  if (style_ == ProgressStyle::kNone) return;
  const std::lock_guard lock(mutex_);
  // A verb may run one transfer after another; the rate is that of the present one.
  if (done_nbytes < last_nbytes_) begin_ = Clock::now();
  last_nbytes_ = done_nbytes;
  if (style_ == ProgressStyle::kAuto) DrawBar(done_nbytes, total_nbytes);
  if (style_ == ProgressStyle::kPlain) WritePlainLine(done_nbytes, total_nbytes);
}

void ProgressBar::Pause(const std::function<void()>& print) {
  const std::lock_guard lock(mutex_);
  Clear();
  print();
}

void ProgressBar::Clear() {
  if (is_drawn_) WriteToStderr(kClearLine);
  is_drawn_ = false;
}

// "45%  1.2 GiB of 3.0 GiB  850.0 MiB/s  0:02 left"
std::string ProgressBar::Measure(uint64_t done_nbytes, uint64_t total_nbytes) const {
  std::string text = std::to_string(Share(done_nbytes, total_nbytes, 100)) + "%  " +
                     BinarySize(done_nbytes) + " of " + BinarySize(total_nbytes);
  const double seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
  if (done_nbytes == 0 || seconds <= 0) return text;
  const double rate = static_cast<double>(done_nbytes) / seconds;
  text += "  " + BinarySize(static_cast<uint64_t>(rate)) + "/s";
  if (done_nbytes >= total_nbytes) return text;
  constexpr double kLongest = 1e9;  // a rate near zero would give more than an integer holds
  const double left = std::min(static_cast<double>(total_nbytes - done_nbytes) / rate, kLongest);
  return text + "  " + ClockText(static_cast<uint64_t>(std::llround(left))) + " left";
}

void ProgressBar::DrawBar(uint64_t done_nbytes, uint64_t total_nbytes) {
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + kInterval;
  const size_t filled = Share(done_nbytes, total_nbytes, kBarWidth);
  const std::string line = "[" + std::string(filled, '#') + std::string(kBarWidth - filled, ' ') +
                           "] " + Measure(done_nbytes, total_nbytes) + "  " + what_;
  // A line that wraps could not be taken back.
  WriteToStderr(
      std::string(kClearLine).append(Shortened(line, TerminalSizeOf(STDERR_FILENO).columns - 1)));
  is_drawn_ = true;
}

void ProgressBar::WritePlainLine(uint64_t done_nbytes, uint64_t total_nbytes) {
  const uint64_t tenths = Share(done_nbytes, total_nbytes, 10);
  if (tenths <= tenths_told_) return;
  tenths_told_ = tenths;
  WriteToStderr("cairn: " + what_ + ": " + Measure(done_nbytes, total_nbytes) + "\n");
}

}  // namespace cairn::cli
