#include "cairn/formats/tf_bundle/bundle_path.h"

#include <gtest/gtest.h>

namespace cairn::tf_bundle {
namespace {

TEST(BundlePathTest, NamesTheFiles) {
  EXPECT_EQ(IndexPath("run/model-1"), "run/model-1.index");
  EXPECT_EQ(DataPath("run/model-1", 0, 2), "run/model-1.data-00000-of-00002");
  EXPECT_EQ(DataPath("m", 12, 99'999), "m.data-00012-of-99999");
  EXPECT_EQ(DataPath("m", 123'456, 1'000'000), "m.data-123456-of-1000000");
}

TEST(BundlePathTest, TakesNamesOfDataFilesApart) {
  for (const char* prefix : {"run/model-1", "", "a.data-00000-of-00001", "x.index"}) {
    for (uint32_t shard : {0u, 7u, 99'999u, 123'456u}) {
      const std::string path = DataPath(prefix, shard, shard + 1);
      const auto name = ParseDataPath(path);
      ASSERT_TRUE(name) << path;
      EXPECT_EQ(name->prefix, prefix);
      EXPECT_EQ(name->shard, shard);
      EXPECT_EQ(name->num_shards, shard + 1);
    }
  }
}

TEST(BundlePathTest, OtherNamesAreNone) {
  for (const char* path :
       {"", "m", "m.index", "m.data-", "m.data-00000", "m.data-00000-of-", "m.data-0-of-1",
        "m.data-000000-of-000001", "m.data-00000-of-00001.tempstate7", "m.data--0001-of-00001",
        "m.data-+0001-of-00001", "m.data-00000-of-00001 ", "m.data-0000x-of-00001",
        "m.data-99999999999-of-99999999999", "m.DATA-00000-of-00001"}) {
    EXPECT_FALSE(ParseDataPath(path)) << path;
  }
}

}  // namespace
}  // namespace cairn::tf_bundle
