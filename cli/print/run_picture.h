// A run at one moment, as a picture for a terminal.
#ifndef CAIRN_CLI_PRINT_RUN_PICTURE_H_
#define CAIRN_CLI_PRINT_RUN_PICTURE_H_

#include <optional>
#include <string>
#include <vector>

#include "cli/output.h"
#include "cli/run_glance.h"
#include "cli/terminal_size.h"

namespace cairn::cli {

struct PictureOptions {
  std::string path;                           // of the run, as it was given
  std::optional<std::string> statistic = {};  // the one to draw, as CurveOf chooses it
  TerminalSize size = {};
  double now = 0;  // seconds since 1970
};

// Lines that fit into the terminal, the most important ones first. `out` says how to style them.
std::vector<std::string> PictureOf(const RunGlance& glance, const PictureOptions& options,
                                   const Output& out);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_RUN_PICTURE_H_
