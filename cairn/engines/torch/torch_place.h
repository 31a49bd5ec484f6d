// Where the values of variables are in a module and its optimizer.
#ifndef CAIRN_ENGINES_TORCH_TORCH_PLACE_H_
#define CAIRN_ENGINES_TORCH_TORCH_PLACE_H_

#include <ATen/core/Tensor.h>
#include <torch/optim/optimizer.h>

#include <memory>
#include <utility>
#include <vector>

#include "cairn/session/session.h"

namespace torch::nn {
class Module;
}

namespace cairn {

class TorchPlace {
 public:
  explicit TorchPlace(Variable variable) : variable_(std::move(variable)) {}
  virtual ~TorchPlace() = default;

  const Variable& variable() const { return variable_; }

  // The tensor that is the variable; undefined where the value is elsewhere, or is not there yet.
  virtual at::Tensor tensor() const { return {}; }
  // Returns the value as a contiguous tensor, which shares memory with the variable where it can.
  virtual at::Tensor Read() const = 0;
  // The dims that a value must have.
  virtual std::vector<int64_t> dims() const { return variable_.dims; }
  // Whether a value of shape [0] says that the optimizer has not made its state.
  virtual bool may_be_absent() const { return false; }
  // Makes a contiguous tensor the value. It may keep the tensor.
  virtual void Write(const at::Tensor& value) = 0;

 private:
  Variable variable_;
};

// Returns the same value as a contiguous tensor: `tensor` itself where it is one.
at::Tensor Contiguous(const at::Tensor& tensor);

using TorchPlaces = std::vector<std::unique_ptr<TorchPlace>>;

// Returns the places of all variables: parameters, buffers, the state of the optimizer for each of
// its parameters, and the options of its groups. They borrow the optimizer, which may be null.
// Errors: kArgument, as TorchSession::Make.
Result<TorchPlaces> ListPlaces(const torch::nn::Module& module, torch::optim::Optimizer* optimizer);

}  // namespace cairn

#endif  // CAIRN_ENGINES_TORCH_TORCH_PLACE_H_
