#include "cairn/state/file_checkpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cairn {
namespace {

using testing::ElementsAre;

TEST(FileCheckpointsTest, AFormatIsToldByTheExtension) {
  EXPECT_EQ(FileFormatOf("a.npz")->name, "npz");
  EXPECT_EQ(FileFormatOf("a.safetensors")->name, "safetensors");
  EXPECT_EQ(FileFormatOf("a.safetensors.index.json")->name, "safetensors");
  for (const char* name : {"a", "a.npy", "a.index", "a.npz.old", "npz", ""})
    EXPECT_EQ(FileFormatOf(name), nullptr) << name;
}

TEST(FileCheckpointsTest, ANameLosesOneExtension) {
  EXPECT_EQ(WithoutExtension("model-20.npz"), "model-20");
  EXPECT_EQ(WithoutExtension("model-20.safetensors.index.json"), "model-20");
  EXPECT_EQ(WithoutExtension("model-20.npz.npz"), "model-20.npz");
  EXPECT_EQ(WithoutExtension("model-20"), "model-20");
  EXPECT_EQ(SavedForm("model-20.safetensors.index.json"), "model-20.safetensors");
  EXPECT_EQ(SavedForm("model-20.safetensors"), "model-20.safetensors");
  EXPECT_EQ(SavedForm("model-20"), "model-20");
}

TEST(FileCheckpointsTest, ShardsBelongToTheirIndex) {
  const std::vector<std::string> names = {"a-00001-of-00002.safetensors",
                                          "a-00002-of-00002.safetensors",
                                          "a.safetensors.index.json",
                                          "b-00001-of-00002.safetensors",
                                          "c.safetensors",
                                          "d.npz",
                                          "e.npy",
                                          "f.index"};
  std::vector<std::string> found;
  std::vector<size_t> num_files;
  for (const FileCheckpoint& checkpoint : ListFileCheckpoints(names)) {
    found.push_back(checkpoint.name);
    num_files.push_back(checkpoint.files.size());
  }
  EXPECT_THAT(found, ElementsAre("a.safetensors.index.json", "c.safetensors", "d.npz"));
  EXPECT_THAT(num_files, ElementsAre(3, 1, 1));
  EXPECT_THAT(ListLostIndexes(names), ElementsAre("b.safetensors"));
}

}  // namespace
}  // namespace cairn
