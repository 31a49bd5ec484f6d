// Several data files: written, and put together from the parts of a save that was never merged.
#include <gtest/gtest.h>

#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/testing/bundle_bytes.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/values.h"

namespace cairn::tf_bundle {
namespace {

TensorDict SomeTensors() {
  TensorDict::Builder builder;
  builder.Add("a", SourceOf<int32_t>({2}, {1, 2}));
  builder.Add("b", SourceOf<int64_t>({}, {3}));
  builder.Add("c", SourceOf<int32_t>({5}, {4, 5, 6, 7, 8}));
  builder.Add("d", SourceOf<int8_t>({0}, {}));
  builder.Add("e", SourceOf<int8_t>({3}, {9, 10, 11}));
  return *builder.Build();
}

SaveOptions InShardsOf(uint64_t nbytes, uint64_t alignment = 1) {
  SaveOptions options;
  options.alignment = alignment;
  options.max_shard_nbytes = nbytes;
  options.transfer.threads = 1;
  return options;
}

void ExpectSame(const TensorDict& a, const TensorDict& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a.name(i), b.name(i));
    const auto source_a = a.source(i);
    const auto source_b = b.source(i);
    ASSERT_TRUE(source_a.ok() && source_b.ok()) << a.name(i);
    EXPECT_EQ(*ReadStream(**source_a), *ReadStream(**source_b)) << a.name(i);
  }
}

std::vector<uint64_t> SizesOf(FileSystem& fs, std::span<const std::string> paths) {
  std::vector<uint64_t> sizes;
  for (const std::string& path : paths) sizes.push_back(fs.Stat(path)->size);
  return sizes;
}

struct Row {
  const char* what;
  SaveOptions options;
  std::vector<uint64_t> data_nbytes;
};

TEST(ShardedSaveTest, TensorsStayWholeAndTheirOrderStays) {
  const Row rows[] = {{"one file", InShardsOf(0), {39}},
                      {"all fits", InShardsOf(39), {39}},
                      {"a tensor longer than a file", InShardsOf(16), {16, 20, 3}},
                      {"a file for each", InShardsOf(1), {8, 8, 20, 3}}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    MemoryFileSystem fs;
    const auto saved = Save(fs, "m", SomeTensors(), row.options);
    ASSERT_TRUE(saved.ok()) << saved.status().message();
    ASSERT_EQ(saved->files.size(), row.data_nbytes.size() + 1);
    EXPECT_EQ(saved->files.back(), "m.index");
    EXPECT_EQ(saved->files.front(), ShardPath("m", 0, row.data_nbytes.size()));
    EXPECT_EQ(SizesOf(fs, std::span(saved->files).first(row.data_nbytes.size())), row.data_nbytes);
    const auto dict = Open(fs, "m", {});
    ASSERT_TRUE(dict.ok()) << dict.status().message();
    ExpectSame(*dict, SomeTensors());
    EXPECT_TRUE(Verify(fs, "m", {})->ok());
  }
}

TEST(ShardedSaveTest, EveryFileIsAligned) {
  MemoryFileSystem fs;
  ASSERT_TRUE(Save(fs, "m", SomeTensors(), InShardsOf(32, 16)).ok());
  const auto dict = Open(fs, "m", {});
  for (size_t i = 0; i < dict->size(); ++i) EXPECT_EQ(dict->stored_at(i)->offset % 16, 0u);
  ExpectSame(*dict, SomeTensors());
}

TEST(ShardedSaveTest, EqualInputGivesEqualBytes) {
  MemoryFileSystem fs;
  const auto a = Save(fs, "a", SomeTensors(), InShardsOf(16));
  const auto b = Save(fs, "b", SomeTensors(), InShardsOf(16));
  for (size_t i = 0; i < a->files.size(); ++i) {
    EXPECT_EQ(AsText((*fs.OpenForReading(a->files[i], Access::kMap))->mapped()),
              AsText((*fs.OpenForReading(b->files[i], Access::kMap))->mapped()));
  }
}

TEST(ShardedSaveTest, NoFileIsReplaced) {
  for (const std::string& existing : {std::string("m.index"), ShardPath("m", 2, 3)}) {
    MemoryFileSystem fs;
    ASSERT_TRUE(fs.Put(existing, AsBytes("old")).ok());
    const Status status = Save(fs, "m", SomeTensors(), InShardsOf(16)).status();
    EXPECT_EQ(status.reason(), Reason::kExists) << existing;
    EXPECT_EQ(*fs.List("."), std::vector<std::string>{existing});
    EXPECT_EQ(AsText((*fs.OpenForReading(existing, Access::kMap))->mapped()), "old");
  }
}

// Whatever call fails: nothing, or the whole of it.
TEST(ShardedSaveTest, AFailureLeavesNothingUnderTheFinalNames) {
  uint64_t num_mutations = 0;
  {
    MemoryFileSystem disk;
    FaultFileSystem fs(disk);
    ASSERT_TRUE(Save(fs, "run/m", SomeTensors(), InShardsOf(16)).ok());
    num_mutations = fs.script().num_mutations();
  }
  ASSERT_GT(num_mutations, 12u);
  for (size_t call = 0; call < kNumCalls; ++call) {
    for (uint64_t nth = 1; nth <= num_mutations; ++nth) {
      MemoryFileSystem disk;
      FaultFileSystem fs(disk);
      fs.script().Inject({.call = static_cast<Call>(call), .nth = nth});
      const auto saved = Save(fs, "run/m", SomeTensors(), InShardsOf(16));
      SCOPED_TRACE(std::string(Name(static_cast<Call>(call))) + " " + std::to_string(nth));
      EXPECT_EQ(fs.script().UseAfterFailure(), std::nullopt);
      if (saved.ok()) {
        EXPECT_TRUE(Verify(disk, "run/m", {})->ok());
      } else if (const auto names = disk.List("run");
                 names.ok() && call != static_cast<size_t>(Call::kRemove)) {
        EXPECT_EQ(*names, std::vector<std::string>());
      }
    }
  }
}

// After a power cut at each step the checkpoint is not there, or is whole.
TEST(ShardedSaveTest, APowerCutLeavesNothingOrTheWhole) {
  for (uint64_t nth = 1; nth < 60; ++nth) {
    MemoryFileSystem disk;
    FaultFileSystem fs(disk);
    fs.script().StopAt(nth);
    (void)Save(fs, "run/m", SomeTensors(), InShardsOf(16));
    const auto next_start = disk.AfterPowerCut();
    if (!*next_start->Exists("run/m.index")) continue;
    const auto report = Verify(*next_start, "run/m", {});
    ASSERT_TRUE(report.ok() && report->ok()) << nth;
  }
}

class PartsTest : public testing::Test {
 protected:
  void Put(const std::string& prefix, const BundleBytes& bundle) {
    ASSERT_TRUE(bundle.WriteTo(fs_, prefix).ok());
    prefixes_.push_back(prefix);
  }
  Result<TensorDict> OpenAll() { return OpenParts(fs_, prefixes_, {}); }

  MemoryFileSystem fs_;
  std::vector<std::string> prefixes_;
};

TEST_F(PartsTest, AreOneCheckpoint) {
  Put("p0", BundleBytes(2)
                .Add("b", DType::kInt8, {2}, "bb", 1)
                .AddSliced("v", DType::kInt8, {3}, {{{{2, 1}}, "3", 0}}));
  Put("p1", BundleBytes());
  Put("p2", BundleBytes()
                .Add("a", DType::kInt8, {1}, "a")
                .AddSliced("v", DType::kInt8, {3}, {{{{0, 2}}, "12"}}));
  const auto dict = OpenAll();
  ASSERT_TRUE(dict.ok()) << dict.status().message();
  ASSERT_EQ(dict->size(), 3u);
  EXPECT_EQ(dict->stored_at(0)->path, ShardPath("p2", 0, 1));
  EXPECT_EQ(dict->stored_at(0)->shard, 3u);
  EXPECT_EQ(dict->stored_at(1)->path, ShardPath("p0", 1, 2));
  EXPECT_EQ(AsText(*ReadStream(**dict->Get("v"))), "123");
  ASSERT_TRUE(Save(fs_, "merged", *dict, {}).ok());
  ExpectSame(*Open(fs_, "merged", {}), *dict);
}

TEST_F(PartsTest, ANameInTwoPartsIsAnError) {
  Put("p0", BundleBytes().Add("a", DType::kInt8, {1}, "a"));
  Put("p1", BundleBytes().Add("a", DType::kInt8, {1}, "a"));
  const Status status = OpenAll().status();
  EXPECT_EQ(status.reason(), Reason::kDuplicate);
  EXPECT_EQ(status.message(), "tensor 'a': is in p0 and in p1");
}

TEST_F(PartsTest, OneSliceInTwoPartsIsAnError) {
  for (const char* prefix : {"p0", "p1"})
    Put(prefix, BundleBytes().AddSliced("v", DType::kInt8, {1}, {{{{0, 1}}, "1"}}));
  EXPECT_EQ(OpenAll().status().reason(), Reason::kDuplicate);
}

TEST_F(PartsTest, PartsThatDisagreeOnAVariable) {
  Put("p0", BundleBytes().AddSliced("v", DType::kInt8, {2}, {{{{0, 1}}, "1"}}));
  Put("p1", BundleBytes().AddSliced("v", DType::kInt8, {3}, {{{{1, 1}}, "2"}}));
  EXPECT_EQ(OpenAll().status().reason(), Reason::kShape);
}

TEST_F(PartsTest, PartsOfDifferentByteOrder) {
  BundleBytes big;
  big.header = "\x08\x01\x10\x01\x1a\x02\x08\x01";
  Put("p0", BundleBytes());
  Put("p1", big);
  EXPECT_EQ(OpenAll().status().reason(), Reason::kFormat);
}

TEST_F(PartsTest, AShardOutsideOfItsPartDoesNotReachIntoAnother) {
  BundleBytes first;
  EntryFields fields = first.Append(DType::kInt8, {1}, "a");
  fields.shard = 1;
  Put("p0", first.AddEntry("a", fields));
  Put("p1", BundleBytes().Add("b", DType::kInt8, {1}, "b"));
  const auto dict = OpenAll();
  ASSERT_TRUE(dict.ok());
  EXPECT_EQ(dict->Get("a").status().reason(), Reason::kBounds);
}

TEST_F(PartsTest, NoneAndMissingOnes) {
  EXPECT_EQ(OpenAll().status().reason(), Reason::kArgument);
  prefixes_ = {"nothing"};
  EXPECT_EQ(OpenAll().status().reason(), Reason::kMissing);
}

}  // namespace
}  // namespace cairn::tf_bundle
