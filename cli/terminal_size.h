// How much text a terminal shows at once.
#ifndef CAIRN_CLI_TERMINAL_SIZE_H_
#define CAIRN_CLI_TERMINAL_SIZE_H_

#include <cstddef>

namespace cairn::cli {

struct TerminalSize {
  size_t columns = 80;
  size_t rows = 24;
};

// Asks the terminal that `fd` is. What it does not know, and what is no terminal, has 80 columns
// and 24 rows.
TerminalSize TerminalSizeOf(int fd);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_TERMINAL_SIZE_H_
