#include "cairn/inspect/matched_sides.h"

#include <gmock/gmock.h>

#include "cairn/testing/values.h"

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> NamesOfSide(const TensorDict& dict) {
  std::vector<std::string> names;
  for (const TensorInfo& tensor : dict) names.emplace_back(tensor.name);
  return names;
}

TensorDict OneOf(const std::vector<std::string>& names) {
  TensorDict::Builder builder;
  for (const std::string& name : names) builder.Add(name, SourceOf<float>({1}, {1}));
  return *builder.Build();
}

TEST(MatchedSidesTest, WithoutRulesBothSidesStay) {
  const auto sides = MatchSides(OneOf({"x"}), OneOf({"y"}), {}, "a", "b");
  ASSERT_TRUE(sides.ok());
  EXPECT_THAT(NamesOfSide(sides->a), ElementsAre("x"));
  EXPECT_THAT(NamesOfSide(sides->b), ElementsAre("y"));
}

TEST(MatchedSidesTest, OnlyTheFirstSideIsRenamedAndBothAreSelected) {
  const auto sides = MatchSides(OneOf({"net/w", "net/x", "step"}), OneOf({"net/x", "w"}),
                                {.select = {"*"}, .exclude = {"x"}, .rename = {"net/="}}, "a", "b");
  ASSERT_TRUE(sides.ok()) << sides.status().message();
  EXPECT_THAT(NamesOfSide(sides->a), ElementsAre("step", "w"));
  EXPECT_THAT(NamesOfSide(sides->unselected_a), ElementsAre("step", "w", "x"));
  EXPECT_THAT(NamesOfSide(sides->b), ElementsAre("w"));
}

TEST(MatchedSidesTest, APatternThatMatchesOnOneSideHasAnEffect) {
  const auto sides = MatchSides(OneOf({"x"}), OneOf({"y"}),
                                {.select = {"x", "y", "z"}, .substitute = {"s/q/r/"}}, "a", "b");
  ASSERT_TRUE(sides.ok());
  EXPECT_THAT(sides->unmatched.select, ElementsAre("z"));
  EXPECT_THAT(sides->unmatched.substitutions, ElementsAre("s/q/r/"));
}

TEST(MatchedSidesTest, AnErrorSaysOfWhichSideItIs) {
  const auto sides = MatchSides(OneOf({"x"}), OneOf({"y"}), {.rename = {"nothing=z"}}, "left", "b");
  EXPECT_EQ(sides.status().reason(), Reason::kMissing);
  EXPECT_THAT(std::string(sides.status().message()), HasSubstr("left: "));
}

}  // namespace
}  // namespace cairn
