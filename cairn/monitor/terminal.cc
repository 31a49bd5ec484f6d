#include "cairn/monitor/terminal.h"

#include <unistd.h>

#include <cstdio>

namespace cairn {
namespace {

// To the first column, and the line is erased.
constexpr std::string_view kEraseLine = "\r\x1b[K";

void WriteToStandardError(std::string_view text) {
  (void)std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

Terminal::Terminal(std::function<void(std::string_view)> write, bool can_rewrite)
    : write_(std::move(write)), can_rewrite_(can_rewrite) {}

std::shared_ptr<Terminal> Terminal::StandardError() {
  return std::make_shared<Terminal>(WriteToStandardError, ::isatty(STDERR_FILENO) == 1);
}

std::shared_ptr<Terminal> Terminal::None() {
  return std::make_shared<Terminal>([](std::string_view) {}, false);
}

void Terminal::WriteLine(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  std::string shown(rewritten_.empty() ? std::string_view() : kEraseLine);
  shown.append(text) += '\n';
  // One call, so that lines of several processes do not mix.
  write_(shown + rewritten_);
}

void Terminal::Rewrite(std::string_view text) {
  if (!can_rewrite_) return;
  const std::scoped_lock lock(mutex_);
  if (text == rewritten_) return;
  write_(std::string(kEraseLine).append(text));
  rewritten_ = text;
}

}  // namespace cairn
