#include "cli/terminal_size.h"

#include <sys/ioctl.h>

namespace cairn::cli {

TerminalSize TerminalSizeOf(int fd) {
  TerminalSize size;
  winsize known{};
  if (::ioctl(fd, TIOCGWINSZ, &known) != 0) return size;
  if (known.ws_col > 0) size.columns = known.ws_col;
  if (known.ws_row > 0) size.rows = known.ws_row;
  return size;
}

}  // namespace cairn::cli
