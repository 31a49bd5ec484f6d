// cairn add A B DST, cairn subtract A B DST: task vectors, tensor by tensor.
#include "cairn/transform/combine_dicts.h"
#include "cli/making_command.h"

namespace cairn::cli {
namespace {

class AddCommand final : public MakingCommand {
 public:
  AddCommand() : MakingCommand(Sources::kTwo) {}

  std::string_view name() const override { return "add"; }
  std::string_view summary() const override {
    return "Adds two checkpoints tensor by tensor, in float64.";
  }
  std::string_view examples() const override {
    return "  cairn add base.safetensors task.safetensors tuned.safetensors\n"
           "  cairn add --dtype bfloat16 base task tuned.safetensors\n";
  }

 private:
  Result<TakenTensors> Take(const std::vector<Opened>& sources,
                            Remarks& /*remarks*/) const override {
    CAIRN_ASSIGN_OR_RETURN(TensorDict result, AddDicts(sources[0].dict, sources[1].dict));
    return TakenTensors{.dict = std::move(result)};
  }
};

class SubtractCommand final : public MakingCommand {
 public:
  SubtractCommand() : MakingCommand(Sources::kTwo) {}

  std::string_view name() const override { return "subtract"; }
  std::string_view summary() const override {
    return "Subtracts a checkpoint from another tensor by tensor, in float64.";
  }
  std::string_view examples() const override {
    return "  cairn subtract tuned.safetensors base.safetensors task.safetensors\n"
           "  cairn subtract run/model-200 run/model-100 change.npz\n";
  }

 private:
  Result<TakenTensors> Take(const std::vector<Opened>& sources,
                            Remarks& /*remarks*/) const override {
    CAIRN_ASSIGN_OR_RETURN(TensorDict result, SubtractDicts(sources[0].dict, sources[1].dict));
    return TakenTensors{.dict = std::move(result)};
  }
};

}  // namespace

std::unique_ptr<Command> MakeAddCommand() { return std::make_unique<AddCommand>(); }
std::unique_ptr<Command> MakeSubtractCommand() { return std::make_unique<SubtractCommand>(); }

}  // namespace cairn::cli
