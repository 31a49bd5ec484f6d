#include "cairn/engines/torch/optimizer_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "cairn/engines/torch/trained_net_fixture.h"

namespace cairn {
namespace {

using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::UnorderedElementsAreArray;

using Parameters = std::vector<torch::Tensor>;

struct Case {
  const char* name;
  std::function<std::unique_ptr<torch::optim::Optimizer>(Parameters)> make;
  std::vector<std::string> state;    // names of what is kept for a parameter
  std::vector<std::string> options;  // names of the numbers of a group
};

void PrintTo(const Case& row, std::ostream* out) { *out << row.name; }

const std::vector<std::string> kOfAdam = {"lr", "beta1", "beta2", "eps", "weight_decay"};
const std::vector<std::string> kOfRmsprop = {"lr", "alpha", "eps", "weight_decay", "momentum"};
const std::vector<std::string> kOfSgd = {"lr", "momentum", "dampening", "weight_decay"};

const Case kCases[] = {
    {"SGD",
     [](Parameters p) { return std::make_unique<torch::optim::SGD>(std::move(p), 0.05); },
     {},
     kOfSgd},
    {"SGDWithMomentum",
     [](Parameters p) {
       return std::make_unique<torch::optim::SGD>(
           std::move(p), torch::optim::SGDOptions(0.05).momentum(0.9).dampening(0.5));
     },
     {"momentum_buffer"},
     kOfSgd},
    {"SGDOfNesterov",
     [](Parameters p) {
       return std::make_unique<torch::optim::SGD>(
           std::move(p), torch::optim::SGDOptions(0.05).momentum(0.9).nesterov(true));
     },
     {"momentum_buffer"},
     kOfSgd},
    {"Adam",
     [](Parameters p) { return std::make_unique<torch::optim::Adam>(std::move(p)); },
     {"exp_avg", "exp_avg_sq", "step"},
     kOfAdam},
    {"AdamWithAmsgrad",
     [](Parameters p) {
       return std::make_unique<torch::optim::Adam>(std::move(p),
                                                   torch::optim::AdamOptions().amsgrad(true));
     },
     {"exp_avg", "exp_avg_sq", "max_exp_avg_sq", "step"},
     kOfAdam},
    {"AdamW",
     [](Parameters p) { return std::make_unique<torch::optim::AdamW>(std::move(p)); },
     {"exp_avg", "exp_avg_sq", "step"},
     kOfAdam},
    {"RMSprop",
     [](Parameters p) { return std::make_unique<torch::optim::RMSprop>(std::move(p)); },
     {"square_avg", "step"},
     kOfRmsprop},
    {"CenteredRMSpropWithMomentum",
     [](Parameters p) {
       return std::make_unique<torch::optim::RMSprop>(
           std::move(p), torch::optim::RMSpropOptions().centered(true).momentum(0.9));
     },
     {"square_avg", "momentum_buffer", "grad_avg", "step"},
     kOfRmsprop},
    {"Adagrad",
     [](Parameters p) {
       return std::make_unique<torch::optim::Adagrad>(
           std::move(p), torch::optim::AdagradOptions(0.05).initial_accumulator_value(0.1));
     },
     {"sum", "step"},
     {"lr", "lr_decay", "weight_decay", "eps"}},
};

// A net, its optimizer and a session of both.
struct Training {
  Training(const Case& row, uint64_t seed) : net(seed), optimizer(row.make(net.parameters())) {
    auto made = TorchSession::Make(net, optimizer.get());
    EXPECT_TRUE(made.ok()) << made.status().message();
    session = *std::move(made);
  }
  void Train(int first, int last) { TrainSteps(net, *optimizer, first, last); }

  Net net;
  std::unique_ptr<torch::optim::Optimizer> optimizer;
  std::unique_ptr<TorchSession> session;
};

class OptimizerTest : public testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(, OptimizerTest, testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(OptimizerTest, VariablesAreTheStateOfEachParameterAndTheOptions) {
  const Training training(GetParam(), 1);
  std::vector<std::string> expected;
  for (const auto& parameter : training.net.named_parameters()) {
    for (const std::string& name : GetParam().state)
      expected.push_back(parameter.key() + "/" + name);
  }
  for (const std::string& name : GetParam().options) expected.push_back("param_groups/0/" + name);
  std::vector<std::string> found;
  for (const Variable& variable : training.session->variables()) {
    if (variable.name.find('/') != std::string::npos) found.push_back(variable.name);
    EXPECT_FALSE(variable.collections.local) << variable.name;
  }
  EXPECT_THAT(found, UnorderedElementsAreArray(expected));
}

// However many steps were made when it was saved, a resumed training ends with the same bits as one
// that was never interrupted: in a fresh optimizer, and in one that has trained on.
TEST_P(OptimizerTest, AResumedTrainingEndsWithTheSameBits) {
  constexpr int kSteps = 6;
  Training whole(GetParam(), 1);
  whole.Train(0, kSteps);
  const auto expected = TextsOf(Kept(*whole.session));
  for (int saved_at = 0; saved_at <= kSteps; ++saved_at) {
    Training first(GetParam(), 1);
    first.Train(0, saved_at);
    const TensorDict kept = Kept(*first.session);
    for (const int steps_before : {0, 3}) {
      Training second(GetParam(), 2);
      second.Train(10, 10 + steps_before);
      RestoreAll(*second.session, kept);
      EXPECT_EQ(TextsOf(Kept(*second.session)), TextsOf(kept));
      second.Train(saved_at, kSteps);
      EXPECT_EQ(TextsOf(Kept(*second.session)), expected)
          << "saved at step " << saved_at << ", restored after " << steps_before << " others";
    }
  }
}

// A checkpoint does not change what it saves: a training goes on as one that was not saved.
TEST_P(OptimizerTest, ASnapshotChangesNothing) {
  Training training(GetParam(), 1);
  Kept(*training.session);
  const size_t num_states = training.optimizer->state().size();
  EXPECT_EQ(num_states, GetParam().name == std::string("Adagrad") ? 7u : 0u);
  training.Train(0, 3);
  Training unsaved(GetParam(), 1);
  unsaved.Train(0, 3);
  EXPECT_EQ(TextsOf(Kept(*training.session)), TextsOf(Kept(*unsaved.session)));
}

TEST(OptimizerPlacesTest, StateThatIsNotThereIsEmpty) {
  const Training training(kCases[3], 1);
  TensorDict kept = Kept(*training.session);
  EXPECT_EQ(kept.Info("fc.weight/exp_avg")->nbytes, 0u);
  EXPECT_EQ(*ValuesOf<int64_t>(**kept.Get("fc.weight/step")), std::vector<int64_t>{0});
  TrainSteps(const_cast<Net&>(training.net), *training.optimizer, 0, 2);
  kept = Kept(*training.session);
  EXPECT_EQ(kept.Info("fc.weight/exp_avg")->nbytes, 32u);
  EXPECT_EQ(*ValuesOf<int64_t>(**kept.Get("fc.weight/step")), std::vector<int64_t>{2});
  EXPECT_EQ(kept.Info("spare/exp_avg")->nbytes, 0u) << "it never had a gradient";
}

// A checkpoint of a part of the state gives no tensor that the optimizer would not find.
TEST(OptimizerPlacesTest, OneTensorOfAStateMakesTheOthersZero) {
  Training training(kCases[3], 1);
  const TensorDict one = DictOf({{"fc.bias/exp_avg", SourceOf<float>({2}, {1, 2})}});
  ASSERT_TRUE(DictRestore(one).Init(*training.session).ok());
  const TensorDict kept = Kept(*training.session);
  EXPECT_EQ(*ValuesOf<float>(**kept.Get("fc.bias/exp_avg")), (std::vector<float>{1, 2}));
  EXPECT_EQ(*ValuesOf<float>(**kept.Get("fc.bias/exp_avg_sq")), (std::vector<float>{0, 0}));
  training.Train(0, 1);
}

TEST(OptimizerPlacesTest, ADecayedLearningRateComesBackForEachGroup) {
  const auto make = [](Net& net) {
    using Group = torch::optim::OptimizerParamGroup;
    return torch::optim::SGD(
        std::vector<Group>{Group(net.fc->parameters()), Group(net.conv->parameters())},
        torch::optim::SGDOptions(0.5));
  };
  Net net(1), other(2);
  auto optimizer = make(net), fresh = make(other);
  optimizer.param_groups()[1].options().set_lr(0.125);
  RestoreAll(**TorchSession::Make(other, &fresh), Kept(**TorchSession::Make(net, &optimizer)));
  EXPECT_EQ(fresh.param_groups()[0].options().get_lr(), 0.5);
  EXPECT_EQ(fresh.param_groups()[1].options().get_lr(), 0.125);
}

// Adagrad has its state from the start, so that an empty one cannot be.
TEST(OptimizerPlacesTest, StateThatIsAlwaysThereCannotBeEmpty) {
  Training training(kCases[8], 1);
  const TensorDict empty = DictOf({{"fc.bias/sum", SourceOf<float>({0}, {})}});
  EXPECT_FALSE(DictRestore(empty).Init(*training.session).ok());
  training.Train(0, 1);
}

// Momentum that is switched on later is state that the session does not save, and must not lose.
TEST(OptimizerPlacesTest, StateThatIsNewIsNoted) {
  Training training(kCases[0], 1);
  auto& options = training.optimizer->param_groups()[0].options();
  static_cast<torch::optim::SGDOptions&>(options).momentum(0.9);
  const Status status = training.session->Snapshot(SavedVariables(*training.session)).status();
  EXPECT_EQ(status.reason(), Reason::kArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("'spare/momentum_buffer' float32"));
}

// Momentum that is switched off leaves buffers, which are still saved.
TEST(OptimizerPlacesTest, StateThatIsNotUsedAnyMoreIsSaved) {
  Training training(kCases[1], 1);
  training.Train(0, 2);
  auto& options = training.optimizer->param_groups()[0].options();
  static_cast<torch::optim::SGDOptions&>(options).momentum(0);
  const auto session = TorchSession::Make(training.net, training.optimizer.get());
  EXPECT_EQ(Kept(**session).Info("fc.weight/momentum_buffer")->nbytes, 32u);
}

}  // namespace
}  // namespace cairn
