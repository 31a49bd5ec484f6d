#include "cairn/session/alike_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(AlikeNamesTest, NamesOfTheSameVariableHaveOneForm) {
  const std::string form = UsualForm("conv1/kernel");
  for (const char* name : {"conv1/W", "conv1/weights", "conv1/weight:0", "conv1.weight",
                           "Conv1/W_1", "conv1/gamma", "conv1_2/kernel_3"})
    EXPECT_EQ(UsualForm(name), form) << name;
  EXPECT_EQ(UsualForm("fc/biases"), UsualForm("fc/b"));
  EXPECT_EQ(UsualForm("bn/running_mean"), UsualForm("bn/moving_mean"));
}

TEST(AlikeNamesTest, OtherVariablesHaveOtherForms) {
  EXPECT_NE(UsualForm("conv1/W"), UsualForm("conv2/W"));
  EXPECT_NE(UsualForm("conv1/W"), UsualForm("conv1/b"));
  EXPECT_EQ(UsualForm("_1"), "_1") << "a count alone is a name";
  EXPECT_EQ(UsualForm(""), "");
}

struct Row {
  std::vector<std::string_view> names;
  std::string wanted;
  std::vector<std::string> found;
};

TEST(AlikeNamesTest, UsualRenamingsAreFound) {
  const Row rows[] = {
      {{"conv1/weights", "conv1/biases"}, "conv1/W", {"conv1/weights"}},
      {{"net/conv1/W", "net/conv2/W"}, "conv1/kernel", {"net/conv1/W"}},
      {{"conv1/W", "conv2/W"}, "tower0/net/conv1/W", {"conv1/W"}},
      {{"bn.weight", "bn.bias"}, "bn/gamma", {"bn.weight"}},
      {{"conv_1/W"}, "conv/W", {"conv_1/W"}},
      {{"fc/W:0"}, "fc/weight", {"fc/W:0"}},
  };
  for (const Row& row : rows)
    EXPECT_EQ(AlikeNames(row.names).Find(row.wanted), row.found) << row.wanted;
}

TEST(AlikeNamesTest, ALastPartAloneIsNoLikeness) {
  EXPECT_THAT(AlikeNames({"encoder/block1/W"}).Find("decoder/out/kernel"), IsEmpty());
}

TEST(AlikeNamesTest, NearSpellingsComeAfterUsualRenamings) {
  AlikeNames names({"embeding/W", "embedding/weights"});
  EXPECT_THAT(names.Find("embedding/W"), ElementsAre("embedding/weights"));
  EXPECT_THAT(AlikeNames({"embeding/W"}).Find("embedding/W"), ElementsAre("embeding/W"));
}

TEST(AlikeNamesTest, AtMostThreeInTheOrderOfTheNames) {
  AlikeNames names({"a/x/W", "b/x/W", "c/x/W", "d/x/W"});
  EXPECT_THAT(names.Find("x/W"), ElementsAre("a/x/W", "b/x/W", "c/x/W"));
}

}  // namespace
}  // namespace cairn
