#include "cairn/session/partitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "cairn/session/memory_source.h"

namespace cairn {
namespace {

using testing::ElementsAre;

TEST(PartNameTest, IsTakenApart) {
  const auto name = ParsePartName("net/emb/part_12/Adam");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->before, "net/emb");
  EXPECT_EQ(name->index, 12u);
  EXPECT_EQ(name->after, "/Adam");
  EXPECT_EQ(name->whole(), "net/emb/Adam");
  EXPECT_EQ(name->part(3), "net/emb/part_3/Adam");
  for (const char* other : {"emb", "emb/part_", "emb/part_x", "emb/part_1x", "/part_0",
                            "emb/party_0", "emb/part_99999999999999999999"})
    EXPECT_FALSE(ParsePartName(other)) << other;
}

Variable VariableOf(std::string name, std::vector<int64_t> dims) {
  return {.name = std::move(name), .dtype = DType::kFloat32, .dims = std::move(dims)};
}

TEST(PartVariablesTest, NamesTellWhereAPartLies) {
  const std::vector<Variable> variables = {VariableOf("emb/part_0", {3, 2}), VariableOf("w", {9}),
                                           VariableOf("emb/part_1", {2, 2})};
  PartVariables parts(variables);
  EXPECT_EQ(parts.WholeOf(variables[0]), "emb");
  EXPECT_FALSE(parts.WholeOf(variables[1]));
  const std::vector<int64_t> whole = {5, 2};
  EXPECT_EQ(parts.BoxIn(variables[0], whole), Box({{0, 3}, {0, 2}}));
  EXPECT_EQ(parts.BoxIn(variables[2], whole), Box({{3, 2}, {0, 2}}));
}

TEST(PartVariablesTest, PartsMayLieAlongAnyAxis) {
  const std::vector<Variable> variables = {VariableOf("w/part_0", {4, 1}),
                                           VariableOf("w/part_1", {4, 2})};
  const std::vector<int64_t> whole = {4, 3};
  EXPECT_EQ(PartVariables(variables).BoxIn(variables[1], whole), Box({{0, 4}, {1, 2}}));
}

TEST(PartVariablesTest, PartsThatDoNotMakeUpTheWhole) {
  const std::vector<Variable> variables = {VariableOf("w/part_0", {2}),
                                           VariableOf("w/part_2", {2})};
  PartVariables parts(variables);
  const std::vector<int64_t> whole = {4};
  EXPECT_FALSE(parts.BoxIn(variables[0], whole)) << "part 1 is missing";
  EXPECT_FALSE(parts.BoxIn(variables[1], whole));
  const std::vector<int64_t> of_another_rank = {2, 2};
  EXPECT_FALSE(parts.BoxIn(variables[0], of_another_rank));
}

TEST(PartVariablesTest, AVariableMaySayItself) {
  std::vector<Variable> variables = {VariableOf("odd", {1, 2})};
  variables[0].part_of = PartOf{"emb", {4, 4}, {3, 2}};
  PartVariables parts(variables);
  EXPECT_EQ(parts.WholeOf(variables[0]), "emb");
  const std::vector<int64_t> whole = {4, 4};
  EXPECT_EQ(parts.BoxIn(variables[0], whole), Box({{3, 1}, {2, 2}}));
  const std::vector<int64_t> other = {4, 5};
  EXPECT_FALSE(parts.BoxIn(variables[0], other));
  variables[0].part_of->offset = {4, 2};
  EXPECT_FALSE(PartVariables(variables).BoxIn(variables[0], whole)) << "past the end";
}

// A dict of floats of these shapes.
class PartsOfDict {
 public:
  PartsOfDict(std::initializer_list<std::pair<std::string, std::vector<int64_t>>> tensors) {
    std::map<std::string, Array> arrays;
    for (const auto& [name, dims] : tensors) {
      const std::vector<float>& values = values_.emplace_back(*NumElements(dims));
      arrays.insert({name, {values, dims}});
    }
    dict_ = *DictOf(arrays);
  }
  std::optional<JoinedEntries> Find(std::string_view name, std::vector<int64_t> wanted) const {
    return FindParts(dict_, EntryIndex(dict_), name, wanted);
  }

 private:
  std::deque<std::vector<float>> values_;
  TensorDict dict_;
};

TEST(FindPartsTest, PartsOfADictAreJoined) {
  const PartsOfDict dict({{"emb/part_0", {3, 2}}, {"emb/part_1:0", {2, 2}}, {"w", {1}}});
  const auto joined = dict.Find("emb", {5, 2});
  ASSERT_TRUE(joined);
  EXPECT_THAT(joined->entries, ElementsAre(0, 1));
  EXPECT_EQ(joined->axis, 0u);
  EXPECT_THAT(joined->dims, ElementsAre(5, 2));
  EXPECT_FALSE(dict.Find("w", {1}));
  EXPECT_FALSE(dict.Find("em", {5, 2}));
}

TEST(FindPartsTest, TheAxisIsThatOfTheWantedShape) {
  const PartsOfDict square({{"w/part_0", {2, 2}}, {"w/part_1", {2, 2}}});
  EXPECT_EQ(square.Find("w", {4, 2})->axis, 0u);
  EXPECT_EQ(square.Find("w", {2, 4})->axis, 1u);
  EXPECT_EQ(square.Find("w", {8})->axis, 0u) << "the first that is possible";
}

TEST(FindPartsTest, SlotsOfParts) {
  const PartsOfDict dict({{"emb/part_0/Adam", {2}}, {"emb/part_1/Adam", {1}}});
  EXPECT_THAT(dict.Find("emb/Adam", {3})->entries, ElementsAre(0, 1));
}

TEST(FindPartsTest, MoreThanTenPartsAreInTheOrderOfTheirNumbers) {
  PartsOfDict dict({{"w/part_0", {1}},
                    {"w/part_1", {1}},
                    {"w/part_10", {1}},
                    {"w/part_2", {1}},
                    {"w/part_3", {1}},
                    {"w/part_4", {1}},
                    {"w/part_5", {1}},
                    {"w/part_6", {1}},
                    {"w/part_7", {1}},
                    {"w/part_8", {1}},
                    {"w/part_9", {1}}});
  EXPECT_THAT(dict.Find("w", {11})->entries, ElementsAre(0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 2));
}

TEST(FindPartsTest, PartsThatDoNotFitEachOther) {
  EXPECT_FALSE(PartsOfDict({{"w/part_0", {2, 2}}, {"w/part_1", {3, 3}}}).Find("w", {4, 4}));
  EXPECT_FALSE(PartsOfDict({{"w/part_0", {}}, {"w/part_1", {}}}).Find("w", {2}));
  EXPECT_FALSE(PartsOfDict({{"w/part_1", {2}}}).Find("w", {2})) << "without the first part";
}

}  // namespace
}  // namespace cairn
