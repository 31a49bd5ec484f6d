#include "cairn/engines/torch/torch_generator.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>
#include <torch/utils.h>

#include <sstream>
#include <string>
#include <vector>

namespace cairn {
namespace {

std::string TextOf(const TorchGenerator& generator) {
  std::ostringstream out;
  out << generator;
  EXPECT_TRUE(out);
  return out.str();
}

// Reads a generator as RunComponents does: the text must be wholly its own.
bool Load(const std::string& text) {
  std::istringstream in(text);
  TorchGenerator generator;
  return (in >> generator) && (in >> std::ws).eof();
}

torch::Tensor SomeNumbers() { return torch::cat({torch::randn({5}), torch::rand({2})}); }

class TorchGeneratorTest : public testing::Test {
 protected:
  void SetUp() override {
    torch::manual_seed(7);
    torch::randn({3});  // may leave a number for the next call
  }

  TorchGenerator generator_;
};

TEST_F(TorchGeneratorTest, ARunGoesOnWithTheSameNumbers) {
  const std::string text = TextOf(generator_);
  const torch::Tensor expected = SomeNumbers();
  torch::manual_seed(8);
  ASSERT_TRUE(Load(text));
  EXPECT_EQ(TextOf(generator_), text);
  EXPECT_TRUE(torch::equal(SomeNumbers(), expected));
}

TEST_F(TorchGeneratorTest, OtherTextsAreRefusedAndChangeNothing) {
  const std::string text = TextOf(generator_);
  const std::vector<std::string> wrong_texts = {
      "",          "00",        text.substr(1), "g" + text.substr(1),
      text + "00", text + " 0", "5489 " + text, text + "\n0"};
  torch::manual_seed(8);
  const std::string before = TextOf(generator_);
  for (const std::string& wrong : wrong_texts) {
    EXPECT_FALSE(Load(wrong)) << wrong.substr(0, 20) << " of " << wrong.size();
    EXPECT_EQ(TextOf(generator_), before) << wrong.substr(0, 20) << " of " << wrong.size();
  }
}

}  // namespace
}  // namespace cairn
