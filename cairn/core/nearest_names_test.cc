#include "cairn/core/nearest_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Nearest(std::string_view wanted, const std::vector<std::string>& names) {
  return NearestNames(wanted, names.size(), [&](size_t i) -> std::string_view { return names[i]; });
}

TEST(NearestNamesTest, TypingErrorsAreFound) {
  const std::vector<std::string> names = {"conv1/kernel", "conv2/kernel", "dense/bias"};
  EXPECT_THAT(Nearest("conv1/kernal", names), ElementsAre("conv1/kernel", "conv2/kernel"));
  EXPECT_THAT(Nearest("dens/bias", names), ElementsAre("dense/bias"));
  EXPECT_THAT(Nearest("dense/biass", names), ElementsAre("dense/bias"));
}

TEST(NearestNamesTest, TheNearestComesFirstAndThreeAtMost) {
  EXPECT_THAT(Nearest("layer_12", {"layer_99", "layer_1", "layer_13", "layer_22", "layer_12x"}),
              ElementsAre("layer_1", "layer_13", "layer_22"));
}

TEST(NearestNamesTest, ADifferenceOfMoreThanAThirdIsAnother) {
  EXPECT_THAT(Nearest("abcdef", {"abcdxy"}), ElementsAre("abcdxy"));
  EXPECT_THAT(Nearest("abcdef", {"abcxyz"}), IsEmpty());
  EXPECT_THAT(Nearest("abcdef", {"abcdefghij"}), IsEmpty());
  EXPECT_THAT(Nearest("ab", {"ac"}), IsEmpty());
}

TEST(NearestNamesTest, AScopeTooMuchOrTooFewIsNear) {
  EXPECT_THAT(Nearest("fc/W", {"model/towers/fc/W", "otherfc/W"}),
              ElementsAre("model/towers/fc/W"));
  EXPECT_THAT(Nearest("model/towers/fc/W", {"fc/W", "c/W"}), ElementsAre("fc/W"));
  EXPECT_THAT(Nearest("W", {"new"}), IsEmpty());
}

TEST(NearestNamesTest, ATypingErrorWithoutTheScopeIsFound) {
  EXPECT_THAT(Nearest("kernle", {"model/layer/kernel", "model/layer/bias"}),
              ElementsAre("model/layer/kernel"));
  EXPECT_THAT(Nearest("layer/Kernel", {"model/layer/_kernel", "model/kernel/layer"}),
              ElementsAre("model/layer/_kernel"));
  EXPECT_THAT(Nearest("kernel", {"model/layer/embedding"}), IsEmpty());
}

TEST(NearestNamesTest, CaseDoesNotMatter) {
  EXPECT_THAT(Nearest("W", {"w", "b"}), ElementsAre("w"));
  EXPECT_THAT(Nearest("Kernel", {"layer/kernel", "bias"}), ElementsAre("layer/kernel"));
  EXPECT_THAT(Nearest("FC/W", {"fc/w", "fc/b"}), ElementsAre("fc/w", "fc/b"));
}

TEST(NearestNamesTest, NothingIsNearToNothing) {
  EXPECT_THAT(Nearest("fc/W", {}), IsEmpty());
  EXPECT_THAT(Nearest("", {"a", "fc/W"}), IsEmpty());
  EXPECT_THAT(Nearest("fc/W", {""}), IsEmpty());
}

TEST(NearestNamesTest, LongNamesAreComparedByTheirHeads) {
  const std::string head(256, 'a');
  EXPECT_EQ(Nearest(head + "x", {head + std::string(10'000, 'y')}).size(), 1u);
}

TEST(NearestNamesTest, LooksAtNoMoreThanAHundredThousand) {
  size_t asked = 0;
  const auto near = NearestNames("wanted", 1'000'000, [&](size_t i) -> std::string_view {
    ++asked;
    return i == 99'999 ? "wantad" : i == 100'000 ? "wanted" : "an entirely different name";
  });
  EXPECT_THAT(near, ElementsAre("wantad"));
  EXPECT_LE(asked, 100'000u);
}

TEST(NearestNamesTest, LooksAtFewerLongNames) {
  const std::string long_name(256, 'a');
  size_t asked = 0;
  NearestNames(std::string(256, 'b'), 100'000, [&](size_t) -> std::string_view {
    ++asked;
    return long_name;
  });
  EXPECT_LT(asked, 2'000u);
}

TEST(DidYouMeanTest, IsASentence) {
  EXPECT_EQ(DidYouMean({}), "");
  EXPECT_EQ(DidYouMean({"a"}), "did you mean 'a'?");
  EXPECT_EQ(DidYouMean({"a", "b"}), "did you mean 'a' or 'b'?");
  EXPECT_EQ(DidYouMean({"a", "b", "c\n"}), "did you mean 'a', 'b' or 'c\\n'?");
}

}  // namespace
}  // namespace cairn
