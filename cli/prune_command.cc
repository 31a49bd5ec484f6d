// cairn prune SRC DST: only what the model needs of a checkpoint.
#include "cairn/making/take_model.h"
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

  Result<TakenTensors> Take(const std::vector<Opened>& sources, Remarks& remarks) const override {
    const ModelRules rules{
        .graph = meta_, .outputs = outputs_, .signature = signature_, .use_averages = making().ema};
    return TakeModel(LocalFileSystem(), from()[0], sources[0], rules, remarks);
  }

  std::string meta_;
  std::vector<std::string> outputs_;
  std::string signature_;
};

}  // namespace

std::unique_ptr<Command> MakePruneCommand() { return std::make_unique<PruneCommand>(); }

}  // namespace cairn::cli
