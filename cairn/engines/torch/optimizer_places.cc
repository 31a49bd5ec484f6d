#include "cairn/engines/torch/optimizer_places.h"

#include <ATen/Functions.h>
#include <c10/util/C++17.h>

#include "cairn/engines/torch/optimizer_kind.h"
#include "cairn/engines/torch/torch_dtype.h"

namespace cairn {
namespace {

using torch::optim::OptimizerOptions;
using torch::optim::OptimizerParamState;

// The state of an optimizer for one parameter, which may not be there yet.
class ParameterState {
 public:
  ParameterState(torch::optim::Optimizer& optimizer, std::shared_ptr<const OptimizerKind> kind,
                 const OptimizerOptions& options, at::Tensor parameter)
      : optimizer_(optimizer),
        kind_(std::move(kind)),
        options_(options),
        parameter_(std::move(parameter)),
        key_(c10::guts::to_string(parameter_.unsafeGetTensorImpl())) {}

  const OptimizerKind& kind() const { return *kind_; }
  const at::Tensor& parameter() const { return parameter_; }

  // Returns null where it is not there yet.
  OptimizerParamState* Find() const {
    const auto found = optimizer_.state().find(key_);
    return found == optimizer_.state().end() ? nullptr : found->second.get();
  }

  // Makes it where it is not there yet, with zeros in every tensor that the optimizer keeps.
  OptimizerParamState& FindOrMake() {
    if (OptimizerParamState* const found = Find()) return *found;
    auto state = kind_->make_state();
    for (const StateTensor& tensor : kind_->tensors) {
      if (tensor.is_kept(options_)) tensor.in(*state) = at::zeros_like(parameter_.detach());
    }
    return *(optimizer_.state()[key_] = std::move(state));
  }

  void Remove() { optimizer_.state().erase(key_); }

 private:
  torch::optim::Optimizer& optimizer_;
  std::shared_ptr<const OptimizerKind> kind_;
  const OptimizerOptions& options_;
  at::Tensor parameter_;
  std::string key_;
};

class StateTensorPlace final : public TorchPlace {
 public:
  StateTensorPlace(Variable variable, std::shared_ptr<ParameterState> state,
                   const StateTensor& member)
      : TorchPlace(std::move(variable)), state_(std::move(state)), member_(member) {}

  at::Tensor tensor() const override {
    OptimizerParamState* const state = state_->Find();
    return state == nullptr ? at::Tensor() : member_.in(*state);
  }
  at::Tensor Read() const override {
    const at::Tensor value = tensor();
    return value.defined() ? Contiguous(value)
                           : at::empty({0}, state_->parameter().options().requires_grad(false));
  }
  std::vector<int64_t> dims() const override { return state_->parameter().sizes().vec(); }
  bool may_be_absent() const override { return state_->kind().makes_state_late; }
  void Write(const at::Tensor& value) override {
    if (value.sizes() != state_->parameter().sizes()) return state_->Remove();
    // A tensor that the optimizer makes has the strides of its parameter, on which the order of
    // operations can depend.
    member_.in(state_->FindOrMake()) =
        state_->parameter().is_contiguous()
            ? value
            : at::empty_like(state_->parameter().detach()).copy_(value);
  }

 private:
  std::shared_ptr<ParameterState> state_;
  const StateTensor& member_;
};

class StepPlace final : public TorchPlace {
 public:
  StepPlace(Variable variable, std::shared_ptr<ParameterState> state)
      : TorchPlace(std::move(variable)), state_(std::move(state)) {}

  at::Tensor Read() const override {
    OptimizerParamState* const state = state_->Find();
    return at::scalar_tensor(state == nullptr ? 0 : state_->kind().step(*state), at::kLong);
  }
  void Write(const at::Tensor& value) override {
    const int64_t step = value.item<int64_t>();
    // A state that is not there is as one of 0 steps.
    if (step != 0 || state_->Find() != nullptr) state_->kind().step(state_->FindOrMake()) = step;
  }

 private:
  std::shared_ptr<ParameterState> state_;
};

class OptionPlace final : public TorchPlace {
 public:
  OptionPlace(std::string name, double& number)
      : TorchPlace({.name = std::move(name), .dtype = DType::kFloat64}), number_(number) {}

  at::Tensor Read() const override { return at::scalar_tensor(number_, at::kDouble); }
  void Write(const at::Tensor& value) override { number_ = value.item<double>(); }

 private:
  double& number_;
};

void AddStatePlaces(const std::string& name, const OptimizerOptions& options,
                    const std::shared_ptr<ParameterState>& state, TorchPlaces& places) {
  const OptimizerKind& kind = state->kind();
  for (const StateTensor& tensor : kind.tensors) {
    OptimizerParamState* const there = state->Find();
    const bool is_there = there != nullptr && tensor.in(*there).defined();
    if (!is_there && !tensor.is_kept(options)) continue;
    const at::Tensor& like = is_there ? tensor.in(*there) : state->parameter();
    Variable variable{.name = name + "/" + tensor.name,
                      .dtype = DTypeOfTorch(like.scalar_type()),
                      .has_known_rank = !kind.makes_state_late};
    if (variable.has_known_rank) variable.dims = state->parameter().sizes().vec();
    places.push_back(std::make_unique<StateTensorPlace>(std::move(variable), state, tensor));
  }
  if (kind.step) {
    Variable variable{.name = name + "/step", .dtype = DType::kInt64};
    places.push_back(std::make_unique<StepPlace>(std::move(variable), state));
  }
}

Result<std::string> NameOf(const at::Tensor& parameter, const ParameterNames& names) {
  const auto found = names.find(parameter.unsafeGetTensorImpl());
  if (found != names.end()) return found->second;
  return Status(Reason::kArgument, "the optimizer has a parameter of shape " +
                                       ToString(parameter.sizes().vec()) +
                                       " that the module does not have")
      .WithHint("make the optimizer with the parameters() of the same module");
}

}  // namespace

Status AddOptimizerPlaces(torch::optim::Optimizer& optimizer, const ParameterNames& names,
                          TorchPlaces& places) {
  CAIRN_ASSIGN_OR_RETURN(OptimizerKind found, KindOf(optimizer));
  const auto kind = std::make_shared<const OptimizerKind>(std::move(found));
  for (auto& group : optimizer.param_groups()) {
    for (const at::Tensor& parameter : group.params()) {
      CAIRN_ASSIGN_OR_RETURN(const std::string name, NameOf(parameter, names));
      AddStatePlaces(name, group.options(),
                     std::make_shared<ParameterState>(optimizer, kind, group.options(), parameter),
                     places);
    }
  }
  size_t number_of_group = 0;
  for (auto& group : optimizer.param_groups()) {
    const std::string prefix = "param_groups/" + std::to_string(number_of_group++) + "/";
    for (const OptionNumber& number : kind->numbers)
      places.push_back(
          std::make_unique<OptionPlace>(prefix + number.name, number.in(group.options())));
  }
  return {};
}

}  // namespace cairn
