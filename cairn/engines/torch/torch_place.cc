#include "cairn/engines/torch/torch_place.h"

#include <ATen/core/grad_mode.h>
#include <torch/nn/module.h>

#include <set>

#include "cairn/core/escape.h"
#include "cairn/engines/torch/optimizer_places.h"
#include "cairn/engines/torch/torch_dtype.h"

namespace cairn {
namespace {

class ModuleTensorPlace final : public TorchPlace {
 public:
  ModuleTensorPlace(Variable variable, at::Tensor tensor)
      : TorchPlace(std::move(variable)), tensor_(std::move(tensor)) {}

  at::Tensor tensor() const override { return tensor_; }
  at::Tensor Read() const override { return Contiguous(tensor_); }
  void Write(const at::Tensor& value) override {
    const at::NoGradGuard no_grad;
    tensor_.copy_(value);
  }

 private:
  at::Tensor tensor_;
};

Status CannotBe(const std::string& name, const std::string& what) {
  return Status(Reason::kArgument, "tensor " + Quoted(name) + " " + what);
}

Status CheckTensor(const std::string& name, const at::Tensor& tensor) {
  if (!tensor.device().is_cpu()) {
    return CannotBe(name, "is on the device " + tensor.device().str() + ", not on the CPU")
        .WithHint("move the module with to(torch::kCPU) before it is saved or restored");
  }
  if (tensor.layout() != c10::kStrided) {
    return CannotBe(name, "is sparse: only dense tensors can be saved and restored");
  }
  if (DTypeOfTorch(tensor.scalar_type()) == DType::kInvalid) {
    return CannotBe(name, std::string("has the dtype ") + c10::toString(tensor.scalar_type()) +
                              ", which Cairn does not have");
  }
  return {};
}

Status AddTensor(const std::string& name, const at::Tensor& tensor, Collections collections,
                 TorchPlaces& places) {
  CAIRN_RETURN_IF_ERROR(CheckTensor(name, tensor));
  Variable variable{.name = name,
                    .dtype = DTypeOfTorch(tensor.scalar_type()),
                    .dims = tensor.sizes().vec(),
                    .collections = collections};
  places.push_back(std::make_unique<ModuleTensorPlace>(std::move(variable), tensor));
  return {};
}

Status CheckNamesDiffer(const TorchPlaces& places) {
  std::set<std::string_view> names;
  for (const auto& place : places) {
    const std::string& name = place->variable().name;
    if (!names.insert(name).second)
      return Status(Reason::kArgument, "two variables have the name " + Quoted(name));
  }
  return {};
}

}  // namespace

// The elements of a tensor may wait to be conjugated or negated.
at::Tensor Contiguous(const at::Tensor& tensor) {
  return tensor.detach().resolve_conj().resolve_neg().contiguous();
}

Result<TorchPlaces> ListPlaces(const torch::nn::Module& module,
                               torch::optim::Optimizer* optimizer) {
  TorchPlaces places;
  ParameterNames names;
  for (const auto& parameter : module.named_parameters()) {
    const at::Tensor& tensor = parameter.value();
    // A frozen one is not trained, but needed to use the model.
    const bool is_trained = tensor.requires_grad();
    CAIRN_RETURN_IF_ERROR(AddTensor(parameter.key(), tensor,
                                    {.trainable = is_trained, .model = !is_trained}, places));
    names.emplace(tensor.unsafeGetTensorImpl(), parameter.key());
  }
  for (const auto& buffer : module.named_buffers()) {
    // A batch norm that does not track its statistics registers buffers without a tensor.
    if (!buffer.value().defined()) continue;
    CAIRN_RETURN_IF_ERROR(AddTensor(buffer.key(), buffer.value(), {.model = true}, places));
  }
  if (optimizer != nullptr) CAIRN_RETURN_IF_ERROR(AddOptimizerPlaces(*optimizer, names, places));
  CAIRN_RETURN_IF_ERROR(CheckNamesDiffer(places));
  return places;
}

}  // namespace cairn
