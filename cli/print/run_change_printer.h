// A change of a run, as a line for people and as a JSON document of one line.
#ifndef CAIRN_CLI_PRINT_RUN_CHANGE_PRINTER_H_
#define CAIRN_CLI_PRINT_RUN_CHANGE_PRINTER_H_

#include <optional>
#include <string>

#include "cli/run_changes.h"

namespace cairn::cli {

// "saved model-40: step 40, epoch 2, 6.9 KiB, …", without a line end. Of statistics, `statistic` is
// shown, as CurveOf chooses it.
std::string TextOf(const RunChange& change, const RunGlance& now,
                   const std::optional<std::string>& statistic);

// A document, with its line end. `time` is that of the look: seconds since 1970.
std::string JsonOf(const RunChange& change, const RunGlance& now, double time);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_RUN_CHANGE_PRINTER_H_
