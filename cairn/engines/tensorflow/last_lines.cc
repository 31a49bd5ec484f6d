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

}  // namespace

std::string LastLines(std::string_view printed) {
  std::string lines;
  for (int count = 0; count < kNumLastLines && !printed.empty();) {
    const std::string_view line = TakeLastLine(printed);
    if (line.empty()) continue;
    const std::string shown = Escape(line.substr(0, kMaxLine));
    lines = lines.empty() ? shown : shown + "; " + lines;
    ++count;
  }
  return lines;
}

}  // namespace cairn::tensorflow
