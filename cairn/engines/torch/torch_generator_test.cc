#include "cairn/engines/torch/torch_generator.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>
#include <torch/utils.h>

#include "cairn/train/run_components.h"

namespace cairn {
namespace {

class TorchGeneratorTest : public testing::Test {
 protected:
  void SetUp() override {
    components_.AddGenerator("torch", generator_);
    torch::manual_seed(7);
    torch::randn({3});  // leaves a second normal value for the next call
  }

  TorchGenerator generator_;
  RunComponents components_;
};

TEST_F(TorchGeneratorTest, ARunGoesOnWithTheSameNumbers) {
  const auto state = components_.Save({});
  ASSERT_TRUE(state.ok()) << state.status().message();
  const auto expected = torch::cat({torch::randn({5}), torch::rand({2})});
  torch::manual_seed(8);
  const auto loaded = components_.Load(*state);
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  EXPECT_TRUE(torch::equal(torch::cat({torch::randn({5}), torch::rand({2})}), expected));
}

TEST_F(TorchGeneratorTest, OtherTextsAreRefusedAndChangeNothing) {
  const RunState good = *components_.Save({});
  ASSERT_EQ(good.generators.size(), 1u);
  const std::string text = good.generators.begin()->second;
  for (const std::string& wrong :
       {std::string(), std::string("00"), text.substr(1), "g" + text.substr(1), text + " 0",
        text + "00", "5489 " + text}) {
    RunState state = good;
    state.generators.begin()->second = wrong;
    EXPECT_EQ(components_.Load(state).status().reason(), Reason::kFormat) << wrong.substr(0, 20);
  }
  EXPECT_EQ(components_.Save({})->generators, good.generators);
}

}  // namespace
}  // namespace cairn
