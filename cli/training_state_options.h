// What the options --drop-training-state and --ema make of a checkpoint.
#ifndef CAIRN_CLI_TRAINING_STATE_OPTIONS_H_
#define CAIRN_CLI_TRAINING_STATE_OPTIONS_H_

#include <optional>
#include <string>

#include "cairn/graph/graph_file.h"
#include "cli/making_options.h"
#include "cli/open_checkpoint.h"
#include "cli/output.h"

namespace cairn::cli {

// Loads the graph that lies beside a checkpoint, and says which. `given` is what the user named.
// Returns nothing where there is none. Errors: those of LoadGraph.
Result<std::optional<LoadedGraph>> LoadGraphBeside(const std::string& given,
                                                   const Opened& checkpoint, Output& out);

// Returns the checkpoint without its training state, or with averages in the place of weights, and
// says what became of it. Errors: those of PlanTrainingState and LoadGraph.
Result<TensorDict> WithoutTrainingState(const std::string& given, const Opened& checkpoint,
                                        const MakingOptions& making, Output& out);

// Bytes of all tensors.
uint64_t NbytesOf(const TensorDict& dict);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_TRAINING_STATE_OPTIONS_H_
