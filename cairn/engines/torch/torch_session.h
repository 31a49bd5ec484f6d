// A module of libtorch and its optimizer as a session. Include <torch/torch.h> before you make one;
// this header itself needs nothing of libtorch.
#ifndef CAIRN_ENGINES_TORCH_TORCH_SESSION_H_
#define CAIRN_ENGINES_TORCH_TORCH_SESSION_H_

#include <memory>
#include <span>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/session/session.h"

namespace torch::nn {
class Module;
}
namespace torch::optim {
class Optimizer;
}

namespace cairn {

// The variables are named as in `state_dict` of PyTorch, and the state of the optimizer follows:
//
//   fc.weight             a parameter; trainable, unless its requires_grad is false
//   bn.running_mean       a buffer
//   fc.weight/exp_avg     a tensor that the optimizer keeps for a parameter
//   fc.weight/step        its steps for the parameter, int64
//   param_groups/0/lr     a number among the options of the first group, float64
//
// The optimizer is one of SGD, Adam, AdamW, RMSprop and Adagrad. It makes the tensors that it keeps
// for a parameter when it first has a gradient for it. Until then they are empty, of shape [0], and
// the steps are 0. A restore makes them, or removes them, so that the optimizer goes on as the one
// that was saved.
//
// Not saved are gradients, options that are true or false, which are a part of the program, and the
// steps that a scheduler of libtorch has counted, which cannot be set. A program computes the
// learning rate from the step, or from the rate before, which is saved.
//
// An Assignment writes into the memory of the tensors themselves, without a copy, so that they may
// be partly overwritten if it is destroyed before Commit; Apply therefore verifies every value
// before it begins. Tensors that are not contiguous, those that share memory with an earlier one of
// the Assignment, those that the optimizer has not made, and single numbers get their new values at
// Commit. After an error of libtorch in Commit some may have them and others not.
//
// Values of contiguous tensors in a Snapshot are views: they are valid until the tensors are
// written again, by a step of training too.
//
// A session is used by one thread, and nobody may use the module or the optimizer meanwhile. The
// buffers of one Assignment may be filled by several threads. No exception of libtorch leaves it.
class CAIRN_EXPORT TorchSession final : public Session {
 public:
  // Borrows the module and the optimizer, which must outlive the session and its Assignments. The
  // optimizer may be null. Errors: kArgument (a tensor that is not on the CPU, is sparse or
  // quantized, or has a dtype that Cairn lacks; an optimizer of another kind; a parameter of the
  // optimizer that the module does not have; two variables of one name), kEngine.
  static Result<std::unique_ptr<TorchSession>> Make(torch::nn::Module& module,
                                                    torch::optim::Optimizer* optimizer = nullptr);

  // The variables that were there when the session was made.
  std::span<const Variable> variables() const override { return variables_; }

  // Errors of both: also kArgument (the module or the optimizer has other variables than when the
  // session was made: a tensor was added, removed, cast, reshaped or moved to another device, or an
  // option asks for other state), kEngine.
  Result<std::unique_ptr<Assignment>> Begin(std::span<const NewValue> values) override;
  Result<TensorDict> Snapshot(std::span<const VariableId> variables) override;

 private:
  TorchSession(torch::nn::Module& module, torch::optim::Optimizer* optimizer)
      : module_(module), optimizer_(optimizer) {}

  torch::nn::Module& module_;
  torch::optim::Optimizer* optimizer_;
  std::vector<Variable> variables_;
};

}  // namespace cairn

#endif  // CAIRN_ENGINES_TORCH_TORCH_SESSION_H_
