#include "cairn/engines/tensorflow/last_lines.h"

#include <algorithm>

#include "cairn/core/escape.h"

namespace cairn::tensorflow {
namespace {

constexpr int kNumLastLines = 3;
constexpr size_t kMaxLine = 500;

// Takes the last line off the end of `text`.
std::string_view TakeLastLine(std::string_view& text) {
  const size_t newline = text.rfind('\n');
  const std::string_view line = text.substr(newline + 1);  // npos + 1 is 0
  text = text.substr(0, newline == std::string_view::npos ? 0 : newline);
  return line;
}

// "I0000 00:00:1796016677.026269 ...": a note, as TensorFlow logs it.
bool IsNote(std::string_view line) {
  return line.size() > 4 && line[0] == 'I' &&
         std::ranges::all_of(line.substr(1, 4), [](char c) { return c >= '0' && c <= '9'; });
}

// "    @     0x7fd257ace564  absl::...", and the line before the first of these.
bool IsOfStackTrace(std::string_view line) {
  const size_t text = line.find_first_not_of(' ');
  return line.substr(std::min(text, line.size())).starts_with("@ ") ||
         line.starts_with("*** Check failure stack trace");
}

bool SaysSomething(std::string_view line) {
  return !line.empty() && !IsNote(line) && !IsOfStackTrace(line) &&
         !line.starts_with("WARNING: All log messages before absl::InitializeLog()");
}

}  // namespace

std::string LastLines(std::string_view printed) {
  std::string lines;
  for (int count = 0; count < kNumLastLines && !printed.empty();) {
    const std::string_view line = TakeLastLine(printed);
    if (!SaysSomething(line)) continue;
    const std::string shown = Escape(line.substr(0, kMaxLine));
    lines = lines.empty() ? shown : shown + "; " + lines;
    ++count;
  }
  return lines;
}

}  // namespace cairn::tensorflow
