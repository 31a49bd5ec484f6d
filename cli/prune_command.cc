// cairn prune SRC DST: only what the model needs of a checkpoint.
#include "cairn/checkpoint/locate_graph.h"
#include "cairn/core/bookkeeping.h"
#include "cairn/io/path.h"
#include "cairn/transform/prune.h"
#include "cli/graph_beside.h"
#include "cli/making_command.h"

namespace cairn::cli {
namespace {

class PruneCommand final : public MakingCommand {
 public:
  PruneCommand() : MakingCommand(Sources::kOne) {}

  std::string_view name() const override { return "prune"; }
  std::string_view summary() const override {
    return "Saves only what the model needs: dump-model-params.";
  }
  std::string_view examples() const override {
    return "  cairn prune --meta run/graph-0131-120000.meta run model.npz\n"
           "  cairn prune --signature serving_default exported_model served/model\n";
  }

 private:
  std::vector<Option> own_options() override {
    return {
        {.names = "--meta",
         .target = &meta_,
         .help = "the graph: a .meta or .pbtxt file, or a SavedModel",
         .value = "GRAPH"},
        {.names = "--outputs",
         .target = &outputs_,
         .help = "what this tensor of the graph needs; repeatable",
         .value = "NAME"},
        {.names = "--signature",
         .target = &signature_,
         .help = "what this signature of the graph needs",
         .value = "NAME"},
    };
  }
  bool judges_training_state() const override { return true; }

  Result<TakenTensors> Take(const std::vector<Opened>& sources, Output& out) const override {
    const Opened& source = sources[0];
    CAIRN_ASSIGN_OR_RETURN(const auto graph, FindGraph(source, out));
    const PruneRules rules{.graph = graph ? &graph->graph : nullptr,
                           .outputs = outputs_,
                           .signature = signature_,
                           .use_averages = making().ema};
    auto plan = PlanPrune(source.dict, rules);
    if (!plan.ok())
      return graph ? plan.status().AtPath(from()[0]) : WithNearGraph(plan.status(), source);
    TakenTensors taken{.dict = source.dict};
    if (graph) taken.graph = graph->path;
    Keep(*std::move(plan), taken);
    return taken;
  }

  // A graph that is given is used in any case. Without one, a checkpoint with an object graph needs
  // none, unless outputs or a signature are asked for.
  Result<std::optional<LoadedGraph>> FindGraph(const Opened& source, Output& out) const {
    if (!meta_.empty()) {
      CAIRN_ASSIGN_OR_RETURN(const Located located, LocateGraph(LocalFileSystem(), meta_));
      if (!located.note.empty()) out.Note(located.note);
      CAIRN_ASSIGN_OR_RETURN(LoadedGraph loaded, LoadGraph(LocalFileSystem(), located.path));
      return std::optional(std::move(loaded));
    }
    const bool has_objects = source.dict.Find(kObjectGraphKey).has_value();
    if (has_objects && outputs_.empty() && signature_.empty()) return std::optional<LoadedGraph>();
    return LoadGraphBeside(from()[0], source, out);
  }

  // Names a metagraph in the directory of a checkpoint, which may be that of another run.
  Status WithNearGraph(const Status& error, const Opened& source) const {
    const auto near = NewestMetaGraph(LocalFileSystem(), DirectoryOf(source.path));
    const bool can_help = error.reason() == Reason::kArgument && near.ok() && near->has_value();
    if (!can_help) return error.AtPath(from()[0]);
    return error.AtPath(from()[0]).WithHint("if it is of this run, add --meta " + **near +
                                            "; to keep everything, use cairn convert");
  }

  std::string meta_;
  std::vector<std::string> outputs_;
  std::string signature_;
};

}  // namespace

std::unique_ptr<Command> MakePruneCommand() { return std::make_unique<PruneCommand>(); }

}  // namespace cairn::cli
