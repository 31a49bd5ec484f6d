// Follows a run until an interrupt: looks at its directory again and again, and shows what it sees.
#ifndef CAIRN_CLI_WATCH_RUN_H_
#define CAIRN_CLI_WATCH_RUN_H_

#include <chrono>
#include <optional>
#include <string>

#include "cli/output.h"

namespace cairn::cli {

enum class WatchStyle : uint8_t {
  kScreen,  // the whole terminal, redrawn in place
  kLines,   // a line for each change
  kJson,    // a JSON document for each change, on a line of its own
};

struct WatchOptions {
  std::string directory;
  WatchStyle style = WatchStyle::kLines;
  std::optional<std::string> statistic = {};  // nothing: "cost", "loss", or the first one
  std::chrono::seconds interval{1};           // between two looks
};

// Reads only, and no values. A directory that is damaged, or that goes away, is shown as that.
// Returns after an interrupt, or when nobody reads stdout any more.
ExitCode WatchRun(const WatchOptions& options, Output& out);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_WATCH_RUN_H_
