#include "cairn/engines/torch/optimizer_kind.h"

#include <torch/optim/adagrad.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/rmsprop.h>
#include <torch/optim/sgd.h>

#include <typeinfo>
#include <utility>

namespace cairn {
namespace {

using torch::optim::OptimizerOptions;
using torch::optim::OptimizerParamState;

// Builds the kind of one optimizer out of functions of its own types.
template <typename Options, typename State>
class KindBuilder {
 public:
  KindBuilder() {
    kind_.make_state = [] { return std::make_unique<State>(); };
  }

  KindBuilder& Number(std::string name, double& (*in)(Options&)) {
    kind_.numbers.push_back({std::move(name), [in](OptimizerOptions& options) -> double& {
                               return in(static_cast<Options&>(options));
                             }});
    return *this;
  }
  KindBuilder& Tensor(
      std::string name, torch::Tensor& (*in)(State&),
      bool (*is_kept)(const Options&) = [](const Options&) { return true; }) {
    kind_.tensors.push_back({std::move(name),
                             [is_kept](const OptimizerOptions& options) {
                               return is_kept(static_cast<const Options&>(options));
                             },
                             [in](OptimizerParamState& state) -> torch::Tensor& {
                               return in(static_cast<State&>(state));
                             }});
    return *this;
  }
  KindBuilder& Steps() {
    kind_.step = [](OptimizerParamState& state) -> int64_t& {
      return static_cast<State&>(state).step();
    };
    return *this;
  }
  KindBuilder& MakesStateEarly() {
    kind_.makes_state_late = false;
    return *this;
  }
  OptimizerKind Build() { return std::move(kind_); }

 private:
  OptimizerKind kind_;
};

OptimizerKind SgdKind() {
  using Options = torch::optim::SGDOptions;
  using State = torch::optim::SGDParamState;
  return KindBuilder<Options, State>()
      .Number("lr", [](Options& o) -> double& { return o.lr(); })
      .Number("momentum", [](Options& o) -> double& { return o.momentum(); })
      .Number("dampening", [](Options& o) -> double& { return o.dampening(); })
      .Number("weight_decay", [](Options& o) -> double& { return o.weight_decay(); })
      .Tensor(
          "momentum_buffer", [](State& s) -> torch::Tensor& { return s.momentum_buffer(); },
          [](const Options& o) { return o.momentum() != 0; })
      .Build();
}

// Adam and AdamW differ in the names of their types.
template <typename Options, typename State>
OptimizerKind AdamKind() {
  return KindBuilder<Options, State>()
      .Number("lr", [](Options& o) -> double& { return o.lr(); })
      .Number("beta1", [](Options& o) -> double& { return std::get<0>(o.betas()); })
      .Number("beta2", [](Options& o) -> double& { return std::get<1>(o.betas()); })
      .Number("eps", [](Options& o) -> double& { return o.eps(); })
      .Number("weight_decay", [](Options& o) -> double& { return o.weight_decay(); })
      .Tensor("exp_avg", [](State& s) -> torch::Tensor& { return s.exp_avg(); })
      .Tensor("exp_avg_sq", [](State& s) -> torch::Tensor& { return s.exp_avg_sq(); })
      .Tensor(
          "max_exp_avg_sq", [](State& s) -> torch::Tensor& { return s.max_exp_avg_sq(); },
          [](const Options& o) { return o.amsgrad(); })
      .Steps()
      .Build();
}

OptimizerKind RmspropKind() {
  using Options = torch::optim::RMSpropOptions;
  using State = torch::optim::RMSpropParamState;
  return KindBuilder<Options, State>()
      .Number("lr", [](Options& o) -> double& { return o.lr(); })
      .Number("alpha", [](Options& o) -> double& { return o.alpha(); })
      .Number("eps", [](Options& o) -> double& { return o.eps(); })
      .Number("weight_decay", [](Options& o) -> double& { return o.weight_decay(); })
      .Number("momentum", [](Options& o) -> double& { return o.momentum(); })
      .Tensor("square_avg", [](State& s) -> torch::Tensor& { return s.square_avg(); })
      .Tensor(
          "momentum_buffer", [](State& s) -> torch::Tensor& { return s.momentum_buffer(); },
          [](const Options& o) { return o.momentum() > 0; })
      .Tensor(
          "grad_avg", [](State& s) -> torch::Tensor& { return s.grad_avg(); },
          [](const Options& o) { return o.centered(); })
      .Steps()
      .Build();
}

OptimizerKind AdagradKind() {
  using Options = torch::optim::AdagradOptions;
  using State = torch::optim::AdagradParamState;
  return KindBuilder<Options, State>()
      .Number("lr", [](Options& o) -> double& { return o.lr(); })
      .Number("lr_decay", [](Options& o) -> double& { return o.lr_decay(); })
      .Number("weight_decay", [](Options& o) -> double& { return o.weight_decay(); })
      .Number("eps", [](Options& o) -> double& { return o.eps(); })
      .Tensor("sum", [](State& s) -> torch::Tensor& { return s.sum(); })
      .Steps()
      .MakesStateEarly()
      .Build();
}

}  // namespace

Result<OptimizerKind> KindOf(const torch::optim::Optimizer& optimizer) {
  namespace optim = torch::optim;
  const std::type_info& type = typeid(optimizer);
  if (type == typeid(optim::SGD)) return SgdKind();
  if (type == typeid(optim::Adam)) return AdamKind<optim::AdamOptions, optim::AdamParamState>();
  if (type == typeid(optim::AdamW)) return AdamKind<optim::AdamWOptions, optim::AdamWParamState>();
  if (type == typeid(optim::RMSprop)) return RmspropKind();
  if (type == typeid(optim::Adagrad)) return AdagradKind();
  return Status(Reason::kArgument, "the optimizer is none whose state is known")
      .WithHint(
          "take SGD, Adam, AdamW, RMSprop or Adagrad of libtorch, or leave the optimizer out");
}

}  // namespace cairn
