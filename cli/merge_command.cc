// cairn merge A B… DST: the tensors of several checkpoints in one.
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
  Result<TakenTensors> Take(const std::vector<Opened>& sources,
                            Remarks& /*remarks*/) const override {
    return TakeMerged(sources);
  }
};

}  // namespace

std::unique_ptr<Command> MakeMergeCommand() { return std::make_unique<MergeCommand>(); }

}  // namespace cairn::cli
