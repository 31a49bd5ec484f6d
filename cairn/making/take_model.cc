#include "cairn/making/take_model.h"

#include "cairn/checkpoint/locate_graph.h"
#include "cairn/core/bookkeeping.h"
#include "cairn/io/path.h"
#include "cairn/making/graph_beside.h"

namespace cairn {
namespace {

// A graph that is given is used in any case. Without one, a checkpoint with an object graph needs
// none, unless outputs or a signature are asked for.
Result<std::optional<LoadedGraph>> FindModelGraph(FileSystem& fs, const std::string& given,
                                                  const Opened& source, const ModelRules& rules,
                                                  Remarks& remarks) {
  if (!rules.graph.empty()) {
    CAIRN_ASSIGN_OR_RETURN(const Located located, LocateGraph(fs, rules.graph));
    if (!located.note.empty()) remarks.push_back({.text = located.note});
    CAIRN_ASSIGN_OR_RETURN(LoadedGraph loaded, LoadGraph(fs, located.path));
    return std::optional(std::move(loaded));
  }
  const bool has_objects = source.dict.Find(kObjectGraphKey).has_value();
  if (has_objects && rules.outputs.empty() && rules.signature.empty())
    return std::optional<LoadedGraph>();
  return LoadGraphBeside(fs, given, source, remarks);
}

// Names a metagraph in the directory of a checkpoint, which may be that of another run.
Status WithNearGraph(FileSystem& fs, const std::string& given, const Status& error,
                     const Opened& source) {
  const auto near = NewestMetaGraph(fs, DirectoryOf(source.path));
  const bool can_help = error.reason() == Reason::kArgument && near.ok() && near->has_value();
  if (!can_help) return error.AtPath(given);
  return error.AtPath(given).WithHint("if it is of this run, add --meta " + **near +
                                      "; to keep everything, use cairn convert");
}

}  // namespace

Result<TakenTensors> TakeModel(FileSystem& fs, const std::string& given, const Opened& source,
                               const ModelRules& rules, Remarks& remarks) {
  CAIRN_ASSIGN_OR_RETURN(const auto graph, FindModelGraph(fs, given, source, rules, remarks));
  auto plan = PlanPrune(source.dict, {.graph = graph ? &graph->graph : nullptr,
                                      .outputs = rules.outputs,
                                      .signature = rules.signature,
                                      .use_averages = rules.use_averages});
  if (!plan.ok())
    return graph ? plan.status().AtPath(given) : WithNearGraph(fs, given, plan.status(), source);
  TakenTensors taken{.dict = source.dict};
  if (graph) taken.graph = graph->path;
  Keep(*std::move(plan), taken);
  return taken;
}

}  // namespace cairn
