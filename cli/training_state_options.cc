#include "cli/training_state_options.h"

#include "cairn/checkpoint/locate_graph.h"
#include "cairn/core/bookkeeping.h"
#include "cairn/core/escape.h"
#include "cairn/transform/prune.h"
#include "cli/print/size_text.h"

namespace cairn::cli {

Result<std::optional<LoadedGraph>> LoadGraphBeside(const std::string& given,
                                                   const Opened& checkpoint, Output& out) {
  CAIRN_ASSIGN_OR_RETURN(const auto located,
                         GraphOfCheckpoint(LocalFileSystem(), given, checkpoint.path));
  if (!located) return std::optional<LoadedGraph>();
  CAIRN_ASSIGN_OR_RETURN(LoadedGraph loaded, LoadGraph(LocalFileSystem(), located->path));
  out.Note("its graph is that of " + Escape(located->path));
  return std::optional(std::move(loaded));
}

Result<TensorDict> WithoutTrainingState(const std::string& given, const Opened& checkpoint,
                                        const MakingOptions& making, Output& out) {
  TrainingStateRules rules{.drop = making.drop_training_state, .use_averages = making.ema};
  std::optional<LoadedGraph> loaded;
  if (rules.drop && !checkpoint.dict.Find(kObjectGraphKey)) {
    CAIRN_ASSIGN_OR_RETURN(loaded, LoadGraphBeside(given, checkpoint, out));
    if (loaded) rules.graph = &loaded->graph;
  }
  auto plan = PlanTrainingState(checkpoint.dict, rules);
  if (!plan.ok()) return plan.status().AtPath(given);
  const TensorDict left = PrunedDict(checkpoint.dict, *plan);
  if (!making.quiet) {
    out.Note("left out " + Count(plan->dropped.size(), "tensor") + " of " +
             BinarySize(NbytesOf(checkpoint.dict) - NbytesOf(left)));
  }
  return left;
}

uint64_t NbytesOf(const TensorDict& dict) {
  uint64_t total = 0;
  for (const TensorInfo& tensor : dict) total += tensor.nbytes;
  return total;
}

}  // namespace cairn::cli
