// cairn convert SRC DST: a checkpoint of any format as one of another.
#include "cli/making_command.h"

namespace cairn::cli {
namespace {

class ConvertCommand final : public MakingCommand {
 public:
  ConvertCommand() : MakingCommand(Sources::kOne) {}

  std::string_view name() const override { return "convert"; }
  std::string_view summary() const override {
    return "Saves a checkpoint in another format; every checksum is compared.";
  }
  std::string_view examples() const override {
    return "  cairn convert run/model-100 model.safetensors\n"
           "  cairn convert --exclude '**/Adam*' --rename net/=body/ run weights.safetensors\n";
  }

 private:
  Result<TakenTensors> Take(const std::vector<Opened>& sources,
                            Remarks& /*remarks*/) const override {
    return TakenTensors{.dict = sources[0].dict};
  }
};

}  // namespace

std::unique_ptr<Command> MakeConvertCommand() { return std::make_unique<ConvertCommand>(); }

}  // namespace cairn::cli
