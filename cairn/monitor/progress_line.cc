#include "cairn/monitor/progress_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace cairn {
namespace {

constexpr double kRewriteSeconds = 0.1;

double ProgressSteadyTime() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string TwoDigits(int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

// "0:07", "12:00", "3:00:00"
std::string FormatDuration(double seconds) {
  constexpr double kMostSeconds = 3.6e8;  // 100000 hours: nobody waits for the exact time
  const auto whole = static_cast<int64_t>(std::ceil(std::min(seconds, kMostSeconds)));
  const int64_t hours = whole / 3600, minutes = whole / 60 % 60;
  const std::string end = ":" + TwoDigits(whole % 60);
  if (hours == 0) return std::to_string(minutes) + end;
  return std::to_string(hours) + ":" + TwoDigits(minutes) + end;
}

// Three digits, as "52.1", and none after the point from 100 on.
std::string FormatSpeed(double speed) {
  constexpr double kMostSpeed = 1e15;
  speed = std::min(speed, kMostSpeed);
  std::array<char, 32> text;
  char* const end = text.data() + text.size();
  const auto formatted =
      speed >= 100 ? std::to_chars(text.data(), end, speed, std::chars_format::fixed, 0)
                   : std::to_chars(text.data(), end, speed, std::chars_format::general, 3);
  return {text.data(), formatted.ptr};
}

}  // namespace

ProgressLine::ProgressLine(std::shared_ptr<Terminal> terminal, ProgressOptions options)
    : terminal_(std::move(terminal)),
      clock_(options.clock ? std::move(options.clock)
                           : std::function<double()>(ProgressSteadyTime)),
      period_(terminal_->can_rewrite() ? kRewriteSeconds : options.line_every_seconds) {}

void ProgressLine::Begin(int64_t epoch, int64_t num_steps, int64_t num_done) {
  epoch_ = epoch;
  num_steps_ = num_steps;
  num_done_at_begin_ = num_done;
  begin_ = last_shown_ = clock_();
}

void ProgressLine::Update(int64_t num_done) {
  const double now = clock_();
  if (now - last_shown_ < period_) return;
  last_shown_ = now;
  const std::string text = Text(num_done, now);
  if (terminal_->can_rewrite()) {
    terminal_->Rewrite(text);
  } else {
    terminal_->WriteLine(text);
  }
}

void ProgressLine::End() { terminal_->Rewrite(""); }

std::string ProgressLine::Text(int64_t num_done, double now) const {
  std::string text = "epoch " + std::to_string(epoch_) + ": " + std::to_string(num_done) + "/" +
                     std::to_string(num_steps_) + " steps";
  const double elapsed = now - begin_;
  const auto num_new = static_cast<double>(num_done - num_done_at_begin_);
  if (elapsed <= 0 || num_new <= 0) return text;
  const double speed = num_new / elapsed;
  const double left = static_cast<double>(num_steps_ - num_done) / speed;
  return text + ", " + FormatSpeed(speed) + " steps/s, " + FormatDuration(left) + " left";
}

}  // namespace cairn
