#include "cairn/checkpoint/remove_checkpoint.h"

#include "cairn/checkpoint/copied_checkpoint_fixture.h"
#include "cairn/testing/v1_bytes.h"

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RemovalTest : public testing::TestWithParam<StoredForm> {
 protected:
  void SaveIt(const std::string& stem) {
    ASSERT_TRUE(SaveValue(fs_, stem + GetParam().extension, 1, GetParam().max_shard_nbytes).ok());
  }

  MemoryFileSystem fs_;
};

TEST_P(RemovalTest, LeavesNothing) {
  SaveIt("run/model-1");
  const size_t num_files = NamesIn(fs_, "run").size();
  const auto removed = RemoveCheckpoint(fs_, "run/model-1" + GetParam().extension);
  ASSERT_TRUE(removed.ok()) << removed.status().message();
  EXPECT_EQ(removed->size(), num_files);
  EXPECT_THAT(NamesIn(fs_, "run"), IsEmpty());
}

TEST_P(RemovalTest, LeavesNamesAloneThatOnlyBeginSo) {
  SaveIt("run/model-1");
  const size_t num_files = NamesIn(fs_, "run").size();
  for (const char* stem : {"run/model-10", "run/model-1-best", "run/model-", "run/model-1.old"})
    SaveIt(stem);
  ASSERT_TRUE(fs_.Put("run/model-1.txt", AsBytes("notes")).ok());
  ASSERT_TRUE(RemoveCheckpoint(fs_, "run/model-1" + GetParam().extension).ok());
  EXPECT_EQ(NamesIn(fs_, "run").size(), 4 * num_files + 1);
  for (const char* stem : {"run/model-10", "run/model-1-best", "run/model-", "run/model-1.old"})
    EXPECT_EQ(SoundValueAt(fs_, std::string(stem) + GetParam().extension, VerifyDepth::kStrict),
              "1");
}

TEST_P(RemovalTest, SaysThatThereIsNothing) {
  const std::string path = "run/model-1" + GetParam().extension;
  EXPECT_EQ(RemoveCheckpoint(fs_, path).status().reason(), Reason::kMissing);
  SaveIt("run/model-10");
  EXPECT_EQ(RemoveCheckpoint(fs_, path).status().reason(), Reason::kMissing);
}

INSTANTIATE_TEST_SUITE_P(, RemovalTest, testing::ValuesIn(kStoredForms), RowNameOfForm);

class RemovedBundleTest : public testing::Test {
 protected:
  void Put(const std::string& path) { ASSERT_TRUE(fs_.Put(path, AsBytes("x")).ok()); }
  Reason Remove(const std::string& path) { return RemoveCheckpoint(fs_, path).status().reason(); }

  MemoryFileSystem fs_;
};

TEST_F(RemovedBundleTest, LosesItsMetagraphTemporaryFilesAndWhatCrashesLeft) {
  ASSERT_TRUE(SaveValue(fs_, "run/best", 1).ok());
  for (const char* name :
       {"run/best.meta", "run/best.data-00000-of-00002", "run/best.data-00001-of-00003",
        "run/best.index.cairn-tmp0", "run/best.data-00000-of-00001.cairn-tmp3"})
    Put(name);
  for (const char* other :
       {"run/best.index.tempstate1", "run/best.index.old", "run/best.cairn-tmp0",
        "run/best.data-0-of-1", "run/best.index.cairn-tmp"})
    Put(other);
  EXPECT_EQ(Remove("run/best"), Reason::kNone);
  EXPECT_THAT(NamesIn(fs_, "run"),
              ElementsAre("best.cairn-tmp0", "best.data-0-of-1", "best.index.cairn-tmp",
                          "best.index.old", "best.index.tempstate1"));
}

TEST_F(RemovedBundleTest, IsRemovedWithoutItsIndexToo) {
  Put("run/best.data-00000-of-00002");
  EXPECT_EQ(Remove("run/best"), Reason::kNone);
  EXPECT_THAT(NamesIn(fs_, "run"), IsEmpty());
}

TEST_F(RemovedBundleTest, MustBeNamedExactly) {
  ASSERT_TRUE(SaveValue(fs_, "run/model-1", 1).ok());
  EXPECT_EQ(Remove("run"), Reason::kFileType);
  EXPECT_EQ(Remove("run/"), Reason::kArgument);
  EXPECT_EQ(Remove("run/model-1.index"), Reason::kArgument);
  EXPECT_EQ(Remove("run/model-1.data-00000-of-00001"), Reason::kArgument);
  EXPECT_EQ(Remove("run@1"), Reason::kMissing);
  EXPECT_EQ(Remove("run/model-?"), Reason::kMissing);
  EXPECT_EQ(SoundValueAt(fs_, "run/model-1", VerifyDepth::kStrict), "1");
}

TEST_F(RemovedBundleTest, ADamagedOneIsRemovedByItsName) {
  for (const char* path : {"run/a.npz", "run/b.safetensors", "run/c.index"}) Put(path);
  EXPECT_EQ(Remove("run/a.npz"), Reason::kNone);
  EXPECT_EQ(Remove("run/b.safetensors"), Reason::kNone);
  EXPECT_EQ(Remove("run/c"), Reason::kNone);
  EXPECT_THAT(NamesIn(fs_, "run"), IsEmpty());
}

TEST_F(RemovedBundleTest, AFileThatIsNoCheckpointStays) {
  Put("run/notes");
  EXPECT_EQ(Remove("run/notes"), Reason::kUnsupported);
  ASSERT_TRUE(
      fs_.Put("run/old", AsBytes(V1Bytes().AddWhole("w", DType::kInt8, {1}, V1Values({1})).file()))
          .ok());
  EXPECT_EQ(Remove("run/old"), Reason::kUnsupported);
  EXPECT_THAT(NamesIn(fs_, "run"), ElementsAre("notes", "old"));
}

TEST_F(RemovedBundleTest, AnIndexThatNamesFilesOfOtherNamesStays) {
  const std::string index =
      R"({"metadata": {"total_size": 4}, "weight_map": {"a": "weights.safetensors"}})";
  ASSERT_TRUE(fs_.Put("run/m.safetensors.index.json", AsBytes(index)).ok());
  ASSERT_TRUE(SaveValue(fs_, "run/weights.safetensors", 1).ok());
  EXPECT_EQ(Remove("run/m.safetensors"), Reason::kUnsupported);
  EXPECT_THAT(NamesIn(fs_, "run"), ElementsAre("m.safetensors.index.json", "weights.safetensors"));
}

}  // namespace
}  // namespace cairn
