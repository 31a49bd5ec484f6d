// A small net and optimizers for it, which train the same steps in every test.
#ifndef CAIRN_ENGINES_TORCH_TRAINED_NET_FIXTURE_H_
#define CAIRN_ENGINES_TORCH_TRAINED_NET_FIXTURE_H_

#include <ATen/Functions.h>
#include <gtest/gtest.h>
#include <torch/nn/functional/loss.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/adagrad.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/lbfgs.h>
#include <torch/optim/rmsprop.h>
#include <torch/optim/sgd.h>
#include <torch/utils.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cairn/engines/torch/torch_session.h"
#include "cairn/session/session_init.h"
#include "cairn/testing/values.h"
#include "cairn/transfer/materialize.h"

namespace cairn {

// A convolution, a batch norm and a dense layer. The weights of the convolution lie in the order of
// channels_last, so that they are not contiguous, and `spare` never gets a gradient.
struct Net : torch::nn::Module {
  explicit Net(uint64_t seed) {
    torch::manual_seed(seed);
    conv = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(2, 4, 3)));
    bn = register_module("bn", torch::nn::BatchNorm2d(4));
    fc = register_module("fc", torch::nn::Linear(4, 2));
    spare = register_parameter("spare", torch::ones({3}));
    conv->weight.set_data(conv->weight.detach().contiguous(at::MemoryFormat::ChannelsLast));
  }

  torch::Tensor forward(const torch::Tensor& x) {
    return fc(torch::relu(bn(conv(x))).mean({2, 3}));
  }

  torch::nn::Conv2d conv{nullptr};
  torch::nn::BatchNorm2d bn{nullptr};
  torch::nn::Linear fc{nullptr};
  torch::Tensor spare;
};

// Trains the steps from `first` to before `last`. The data of a step depend on its number alone.
inline void TrainSteps(Net& net, torch::optim::Optimizer& optimizer, int first, int last) {
  for (int step = first; step < last; ++step) {
    const auto x =
        torch::sin(torch::arange(5 * 2 * 4 * 4, at::kFloat) * (step + 1)).reshape({5, 2, 4, 4});
    const auto y = torch::cos(torch::arange(5 * 2, at::kFloat) + step).reshape({5, 2});
    optimizer.zero_grad();
    torch::nn::functional::mse_loss(net.forward(x), y).backward();
    optimizer.step();
  }
}

// The values of all variables that are saved, in memory of their own.
inline TensorDict Kept(Session& session) {
  const auto snapshot = session.Snapshot(SavedVariables(session));
  EXPECT_TRUE(snapshot.ok()) << snapshot.status().message();
  if (!snapshot.ok()) return {};
  return *Materialize(*snapshot, {});
}

// Gives the session all values of a dict, which has one for each of its variables.
inline void RestoreAll(Session& session, const TensorDict& dict) {
  const auto plan = DictRestore(dict).Init(session);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_TRUE(plan->warnings.empty()) << plan->warnings[0];
}

// The bytes and shapes of all tensors, by name.
inline std::map<std::string, std::string> TextsOf(const TensorDict& dict) {
  std::map<std::string, std::string> texts;
  for (const TensorInfo& tensor : dict) {
    const auto value = ReadAsText(dict, tensor.name);
    EXPECT_TRUE(value.ok()) << value.status().message();
    texts[std::string(tensor.name)] =
        std::string(Name(tensor.dtype)) + ToString(tensor.dims) + value.value_or(std::string());
  }
  return texts;
}

}  // namespace cairn

#endif  // CAIRN_ENGINES_TORCH_TRAINED_NET_FIXTURE_H_
