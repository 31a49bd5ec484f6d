#include "cli/print/progress_bar.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "cli/output.h"
#include "cli/print/size_text.h"

namespace cairn::cli {
namespace {

constexpr auto kDelay = std::chrono::milliseconds(500);
constexpr auto kInterval = std::chrono::milliseconds(100);
constexpr size_t kBarWidth = 24;
constexpr std::string_view kClearLine = "\r\x1b[K";

size_t TerminalWidth() {
  winsize size{};
  const bool is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : 80;
}

// In parts of `parts`, rounded down; an empty job is done.
uint64_t Share(uint64_t done, uint64_t total, uint64_t parts) {
  if (total == 0 || done >= total) return parts;
  return static_cast<uint64_t>(static_cast<double>(done) / static_cast<double>(total) *
                               static_cast<double>(parts));
}

std::string Measure(uint64_t done, uint64_t total) {
  return std::to_string(Share(done, total, 100)) + "%  " + BinarySize(done) + " of " +
         BinarySize(total);
}

}  // namespace

ProgressBar::ProgressBar(std::string_view what, ProgressStyle style)
    : what_(OneLine(what)), style_(style), next_(Clock::now() + kDelay) {
  if (style_ == ProgressStyle::kAuto && !IsTerminal(STDERR_FILENO)) style_ = ProgressStyle::kNone;
}

ProgressBar::~ProgressBar() {
  if (is_drawn_) WriteToStderr(kClearLine);
}

void ProgressBar::Advance(uint64_t done_nbytes, uint64_t total_nbytes) {
  if (style_ == ProgressStyle::kAuto) DrawBar(done_nbytes, total_nbytes);
  if (style_ == ProgressStyle::kPlain) WritePlainLine(done_nbytes, total_nbytes);
}

void ProgressBar::DrawBar(uint64_t done_nbytes, uint64_t total_nbytes) {
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + kInterval;
  const size_t filled = Share(done_nbytes, total_nbytes, kBarWidth);
  std::string line = "[" + std::string(filled, '#') + std::string(kBarWidth - filled, ' ') + "] " +
                     Measure(done_nbytes, total_nbytes) + "  " + what_;
  // A line that wraps could not be taken back.
  line.resize(std::min(line.size(), TerminalWidth() - 1));
  WriteToStderr(std::string(kClearLine) + line);
  is_drawn_ = true;
}

void ProgressBar::WritePlainLine(uint64_t done_nbytes, uint64_t total_nbytes) {
  const uint64_t tenths = Share(done_nbytes, total_nbytes, 10);
  if (tenths <= tenths_told_) return;
  tenths_told_ = tenths;
  WriteToStderr("cairn: " + what_ + ": " + Measure(done_nbytes, total_nbytes) + "\n");
}

}  // namespace cairn::cli
