// cairn merge A B… DST: the tensors of several checkpoints in one.
#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"
#include "cairn/transform/combine_dicts.h"
#include "cli/making_command.h"

namespace cairn::cli {
namespace {

class MergeCommand final : public MakingCommand {
 public:
  MergeCommand() : MakingCommand(Sources::kSeveral) {}

  std::string_view name() const override { return "merge"; }
  std::string_view summary() const override {
    return "Puts the tensors of several checkpoints into one; a later one wins.";
  }
  std::string_view examples() const override {
    return "  cairn merge backbone.npz head.safetensors model\n"
           "  cairn merge --rename resnet/=body/ base run/model-100 merged.npz\n";
  }

 private:
  Result<TakenTensors> Take(const std::vector<Opened>& sources, Output& /*out*/) const override {
    std::vector<HiddenTensor> hidden;
    TakenTensors taken{.dict = MergeDicts(DictsOf(sources), &hidden)};
    std::vector<std::string> names;
    for (const HiddenTensor& tensor : hidden) names.push_back(tensor.name);
    if (!names.empty())
      taken.notes.push_back(ListNames("taken from the last source that has them:", names));
    return taken;
  }
};

}  // namespace

std::unique_ptr<Command> MakeMergeCommand() { return std::make_unique<MergeCommand>(); }

}  // namespace cairn::cli
