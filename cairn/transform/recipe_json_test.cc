#include "cairn/transform/recipe_json.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

Recipe EveryMember() {
  Recipe recipe;
  recipe.names = {.select = {"net/**", "a\"b"},
                  .exclude = {"**/Adam*"},
                  .rename_map = {"a\tb"},
                  .rename = {"net/=body/"},
                  .substitute = {"s/a/b/g"},
                  .syntax = PatternSyntax::kRegex,
                  .names = NameStyle::kFull};
  recipe.concat = {"x=a,b@1"};
  recipe.split = {"x=a,b"};
  recipe.slice = {"w=0:1"};
  recipe.pad = {"w=1:1"};
  recipe.rows = {{"emb", {"the", "\xc3\xa9"}, {"the"}}, {"other", {}, {}}};
  recipe.transpose = {"w=1,0"};
  recipe.reshape = {"w=-1"};
  recipe.set = {{"w", "w.npy"}};
  recipe.dtype = {"float16", "float32:b"};
  recipe.to = "npz-compressed";
  recipe.max_shard_size = "5GB";
  recipe.level = "9";
  recipe.verb = "average";
  recipe.options = {"--weights=3,1"};
  recipe.sources = {"b"};
  recipe.strings = "metadata";
  return recipe;
}

TEST(RecipeJsonTest, ThereAndBack) {
  for (const Recipe& recipe : {Recipe(), EveryMember()}) {
    const std::string json = EncodeRecipe(recipe);
    const auto parsed = ParseRecipe(json);
    ASSERT_TRUE(parsed.ok()) << parsed.status().message();
    EXPECT_EQ(EncodeRecipe(*parsed), json);
  }
  const Recipe parsed = *ParseRecipe(EncodeRecipe(EveryMember()));
  EXPECT_EQ(parsed.rows[0].old_words[1], "\xc3\xa9");
  EXPECT_EQ(parsed.names.syntax, PatternSyntax::kRegex);
  EXPECT_EQ(parsed.set[0].path, "w.npy");
}

TEST(RecipeJsonTest, BytesThatAreNotUtf8AreEscaped) {
  Recipe recipe;
  recipe.names.select = {"bad\xff"};
  EXPECT_EQ(ParseRecipe(EncodeRecipe(recipe))->names.select[0], "bad\\xff");
}

TEST(RecipeJsonTest, WhatIsNotUnderstoodIsRefused) {
  struct Row {
    const char* json;
    Reason reason;
  };
  for (const Row& row :
       {Row{"", Reason::kFormat}, Row{"[]", Reason::kFormat}, Row{"1", Reason::kFormat},
        Row{"{}", Reason::kFormat}, Row{R"({"schema_version":2})", Reason::kVersion},
        Row{R"({"schema_version":1,"blur":[]})", Reason::kUnsupported},
        Row{R"({"schema_version":1,"select":"w"})", Reason::kFormat},
        Row{R"({"schema_version":1,"select":[1]})", Reason::kFormat},
        Row{R"({"schema_version":1,"select":[["w"]]})", Reason::kFormat},
        Row{R"({"schema_version":1,"select":[{}]})", Reason::kFormat},
        Row{R"({"schema_version":1,"to":[]})", Reason::kFormat},
        Row{R"({"schema_version":1,"to":true})", Reason::kFormat},
        Row{R"({"schema_version":1,"syntax":"sql"})", Reason::kFormat},
        Row{R"({"schema_version":1,"rows":["w"]})", Reason::kFormat},
        Row{R"({"schema_version":1,"rows":[{"old":"w"}]})", Reason::kFormat},
        Row{R"({"schema_version":1,"rows":[{"old":[{}]}]})", Reason::kFormat},
        Row{R"({"schema_version":1,"set":[{"name":1}]})", Reason::kFormat},
        Row{R"({"schema_version":-1})", Reason::kFormat}})
    EXPECT_EQ(ParseRecipe(row.json).status().reason(), row.reason) << row.json;
}

TEST(RecipeJsonTest, EveryCutIsAnError) {
  const std::string json = EncodeRecipe(EveryMember());
  for (size_t size = 0; size + 2 < json.size(); ++size)
    EXPECT_FALSE(ParseRecipe(std::string_view(json).substr(0, size)).ok()) << size;
}

}  // namespace
}  // namespace cairn
