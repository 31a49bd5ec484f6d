#include "cairn/transform/prune_dict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/io/memory_file_system.h"
#include "cairn/testing/graph_bytes.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> NamesOf(const TensorDict& dict) {
  std::vector<std::string> names;
  for (const TensorInfo& tensor : dict) names.emplace_back(tensor.name);
  return names;
}

TensorDict Model() {
  return DictOf({{"b", SourceOf<int32_t>({}, {1})},
                 {"global_step", SourceOf<int32_t>({}, {2})},
                 {"w", SourceOf<int32_t>({}, {3})},
                 {"w/Adam", SourceOf<int32_t>({}, {4})}});
}

TEST(PruneDictTest, TakesTheGraphFromAFile) {
  MemoryFileSystem files;
  const std::string meta =
      GraphBytes()
          .Variable("w", DType::kInt32, {})
          .Variable("b", DType::kInt32, {})
          .Collection("variables", 2,
                      {GraphBytes::VariableDef("w", false), GraphBytes::VariableDef("b", false)})
          .Collection("trainable_variables", 2, {GraphBytes::VariableDef("w", false)})
          .MetaGraph();
  ASSERT_TRUE(files.Put("model.meta", std::as_bytes(std::span(meta))).ok());
  const auto pruned = PruneDict(files, Model(), {.graph = "model.meta"});
  ASSERT_TRUE(pruned.ok()) << pruned.status().message();
  EXPECT_THAT(NamesOf(pruned->dict), ElementsAre("w"));
  EXPECT_EQ(*ValuesOf<int32_t>(**pruned->dict.Get("w")), std::vector<int32_t>{3});
  EXPECT_EQ(pruned->dropped.size(), 3u);
  EXPECT_EQ(pruned->dropped[0].name, "b");
  EXPECT_EQ(PruneDict(files, Model(), {.graph = "other.meta"}).status().reason(), Reason::kMissing);
  EXPECT_EQ(PruneDict(files, Model()).status().reason(), Reason::kArgument);
}

TEST(PruneDictTest, DropsTrainingStateByName) {
  const auto left = DropTrainingState(Model());
  ASSERT_TRUE(left.ok()) << left.status().message();
  EXPECT_THAT(NamesOf(left->dict), ElementsAre("b", "global_step", "w"));
}

}  // namespace
}  // namespace cairn
