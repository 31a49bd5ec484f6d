// Lists what each optimizer of libtorch keeps: the numbers among its options, and its state for a
// parameter.
#ifndef CAIRN_ENGINES_TORCH_OPTIMIZER_KIND_H_
#define CAIRN_ENGINES_TORCH_OPTIMIZER_KIND_H_

#include <torch/optim/optimizer.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cairn/core/status.h"

namespace cairn {

// A number among the options of a group.
struct OptionNumber {
  std::string name;  // "lr"
  std::function<double&(torch::optim::OptimizerOptions&)> in;
};

// A tensor that an optimizer keeps for a parameter, with the dtype and shape of the parameter.
struct StateTensor {
  std::string name;  // "exp_avg"
  // Whether an optimizer with these options keeps it.
  std::function<bool(const torch::optim::OptimizerOptions&)> is_kept;
  std::function<torch::Tensor&(torch::optim::OptimizerParamState&)> in;
};

struct OptimizerKind {
  std::vector<OptionNumber> numbers;
  std::vector<StateTensor> tensors;
  // Counts the steps for a parameter. Null where the optimizer does not count them.
  std::function<int64_t&(torch::optim::OptimizerParamState&)> step;
  // Makes a state without tensors.
  std::function<std::unique_ptr<torch::optim::OptimizerParamState>()> make_state;
  // Whether the optimizer makes the state of a parameter when it first has a gradient for it, and
  // not before.
  bool makes_state_late = true;
};

// Errors: kArgument (an optimizer that is not one of libtorch's SGD, Adam, AdamW, RMSprop and
// Adagrad, or that is derived from one of them).
Result<OptimizerKind> KindOf(const torch::optim::Optimizer& optimizer);

}  // namespace cairn

#endif  // CAIRN_ENGINES_TORCH_OPTIMIZER_KIND_H_
