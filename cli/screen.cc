#include "cli/screen.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "cli/signals.h"

namespace cairn::cli {
namespace {

// The alternate screen of xterm, which nearly every terminal has, and its cursor.
constexpr const char* kEnter = "\x1b[?1049h\x1b[?25l";
constexpr const char* kLeave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kClearToEndOfLine = "\x1b[K";
constexpr std::string_view kClearBelow = "\x1b[J";

}  // namespace

bool CanShowScreen() {
  const char* terminal = std::getenv("TERM");
  const std::string_view name = terminal == nullptr ? "" : terminal;
  return IsTerminal(STDOUT_FILENO) && !name.empty() && name != "dumb";
}

Screen::Screen(Output& out) : out_(out) {
  GuardScreen(kEnter, kLeave);
  out_.Write(kEnter);
  out_.Flush();
}

Screen::~Screen() {
  out_.Write(kLeave);
  out_.Flush();
  ReleaseScreen();
}

void Screen::Draw(std::span<const std::string> lines) {
  out_.Write(kHome);
  for (size_t i = 0; i < lines.size(); ++i) {
    // No line end after the last line: in the last row of the terminal it would scroll.
    if (i > 0) out_.Write("\r\n");
    out_.Write(lines[i]);
    out_.Write(kClearToEndOfLine);
  }
  out_.Write(kClearBelow);
  out_.Flush();
}

}  // namespace cairn::cli
