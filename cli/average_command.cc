// cairn average A B… DST: the mean of the tensors of several checkpoints.
#include <charconv>

#include "cairn/core/escape.h"
#include "cairn/core/split.h"
#include "cairn/transform/combine_dicts.h"
#include "cli/making_command.h"

namespace cairn::cli {
namespace {

class AverageCommand final : public MakingCommand {
 public:
  AverageCommand() : MakingCommand(Sources::kSeveral) {}

  std::string_view name() const override { return "average"; }
  std::string_view summary() const override {
    return "Averages the floating-point tensors of checkpoints, in float64.";
  }
  std::string_view examples() const override {
    return "  cairn average run/model-8 run/model-9 run/model-10 average.npz\n"
           "  cairn average --weights 0.7,0.3 --take-last a b mixed\n";
  }

 private:
  std::vector<Option> own_options() override {
    return {
        {.names = "--weights",
         .target = &weights_,
         .help = "one for each source; they are divided by their sum",
         .value = "W,W,…"},
        {.names = "--method",
         .target = &method_,
         .help = "geometric and slerp are between two sources (mean)",
         .value = "METHOD",
         .choices = {"mean", "geometric", "slerp"}},
        {.names = "--take-last",
         .target = &take_last_,
         .help = "other tensors may differ: those of the last source"},
    };
  }

  Result<TakenTensors> Take(const std::vector<Opened>& sources,
                            Remarks& /*remarks*/) const override {
    AverageOptions options;
    options.take_last = take_last_;
    if (method_ == "geometric") options.method = AverageMethod::kGeometric;
    if (method_ == "slerp") options.method = AverageMethod::kSpherical;
    CAIRN_ASSIGN_OR_RETURN(options.weights, Weights());
    CAIRN_ASSIGN_OR_RETURN(TensorDict average, AverageDicts(DictsOf(sources), options));
    return TakenTensors{.dict = std::move(average)};
  }

  Result<std::vector<double>> Weights() const {
    std::vector<double> weights;
    if (weights_.empty()) return weights;
    for (const std::string_view text : Split(weights_, ',')) {
      double weight = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), weight);
      if (error != std::errc() || end != text.data() + text.size())
        return Status(Reason::kArgument, "--weights: " + Quoted(text) + " is not a number");
      weights.push_back(weight);
    }
    return weights;
  }

  std::string weights_;
  std::string method_;
  bool take_last_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeAverageCommand() { return std::make_unique<AverageCommand>(); }

}  // namespace cairn::cli
