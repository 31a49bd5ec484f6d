#include "cairn/transform/prune_dict.h"

#include "cairn/graph/graph_file.h"
#include "cairn/transform/prune.h"

namespace cairn {
namespace {

PrunedTensors PrunedBy(const TensorDict& dict, PrunePlan plan) {
  return {PrunedDict(dict, plan), std::move(plan.dropped), std::move(plan.notes)};
}

}  // namespace

Result<PrunedTensors> PruneDict(FileSystem& fs, const TensorDict& dict,
                                const PruneOptions& options) {
  PruneRules rules{.outputs = options.outputs,
                   .signature = options.signature,
                   .use_averages = options.use_averages};
  LoadedGraph graph;  // outlives the plan
  if (!options.graph.empty()) {
    CAIRN_ASSIGN_OR_RETURN(graph, LoadGraph(fs, options.graph));
    rules.graph = &graph.graph;
  }
  CAIRN_ASSIGN_OR_RETURN(PrunePlan plan, PlanPrune(dict, rules));
  return PrunedBy(dict, std::move(plan));
}

Result<PrunedTensors> DropTrainingState(const TensorDict& dict) {
  CAIRN_ASSIGN_OR_RETURN(PrunePlan plan, PlanTrainingState(dict, {.drop = true}));
  return PrunedBy(dict, std::move(plan));
}

}  // namespace cairn
