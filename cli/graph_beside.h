// The graph that lies beside a checkpoint.
#ifndef CAIRN_CLI_GRAPH_BESIDE_H_
#define CAIRN_CLI_GRAPH_BESIDE_H_

#include <optional>
#include <string>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/graph/graph_file.h"
#include "cli/output.h"

namespace cairn::cli {

// Loads it, and says which it is. `given` is what the user named. Returns nothing where there is
// none. Errors: those of LoadGraph.
Result<std::optional<LoadedGraph>> LoadGraphBeside(const std::string& given,
                                                   const Opened& checkpoint, Output& out);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_GRAPH_BESIDE_H_
