#include "cairn/formats/safetensors/shard_name.h"

#include <gtest/gtest.h>

#include "cairn/formats/safetensors/safetensors.h"

namespace cairn::safetensors {
namespace {

TEST(ShardNameTest, CountsFromOne) {
  EXPECT_EQ(ShardName("run/model", 0, 3), "run/model-00001-of-00003.safetensors");
  EXPECT_EQ(ShardName("m", 123'455, 123'456), "m-123456-of-123456.safetensors");
}

TEST(ShardNameTest, IsTakenApart) {
  for (const char* stem : {"model", "run/model-20", "a-00001-of-00002", "x.safetensors", ""}) {
    for (const size_t i : {size_t{0}, size_t{7}, size_t{99'999}}) {
      const std::string name = ShardName(stem, i, i + 1);
      const auto shard = ParseShardName(name);
      ASSERT_TRUE(shard) << name;
      EXPECT_EQ(shard->stem, stem);
      EXPECT_EQ(shard->i, i);
      EXPECT_EQ(shard->count, i + 1);
    }
  }
}

TEST(ShardNameTest, OtherNamesAreNone) {
  for (const char* name :
       {"", ".safetensors", "model.safetensors", "m-00001-of-00002", "m-1-of-2.safetensors",
        "m-00000-of-00002.safetensors", "m-00001-of-0002.safetensors",
        "m-00001of-00002.safetensors", "m00001-of-00002.safetensors", "-of-00002.safetensors",
        "m-000001-of-00002.safetensors", "m-00001-of-00002.safetensors.old",
        "m-0000x-of-00002.safetensors"})
    EXPECT_FALSE(ParseShardName(name)) << name;
}

TEST(SafetensorsMembersTest, AreToldByTheirNames) {
  const std::string index = "m.safetensors.index.json";
  for (const char* member :
       {"m.safetensors.index.json", "m-00001-of-00002.safetensors", "m-00007-of-00009.safetensors"})
    EXPECT_TRUE(HasMember(index, member)) << member;
  for (const char* other : {"m.safetensors", "m-1-00001-of-00002.safetensors",
                            "mm-00001-of-00002.safetensors", "m-00001-of-00002.safetensors.old"})
    EXPECT_FALSE(HasMember(index, other)) << other;
  EXPECT_TRUE(HasMember("m.safetensors", "m.safetensors"));
  EXPECT_FALSE(HasMember("m.safetensors", "m-00001-of-00002.safetensors"));
  EXPECT_EQ(IndexPathOf("run/m.safetensors"), "run/m.safetensors.index.json");
  EXPECT_EQ(IndexPathOf("run/m.safetensors.index.json"), "run/m.safetensors.index.json");
}

}  // namespace
}  // namespace cairn::safetensors
