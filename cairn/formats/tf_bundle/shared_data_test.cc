// Bundles whose data files share the bytes of other files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/io/checksum.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/source/extent_source.h"
#include "cairn/source/string_source.h"
#include "cairn/testing/fault_file_system.h"
#include "cairn/testing/sparse_file_system.h"
#include "cairn/testing/values.h"

namespace cairn::tf_bundle {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kStored = "..abcdefgh..";

// Two tensors that lie in the file "values", with a checksum of each kind; its content may be
// another than the checksums are of.
class SharedDataTest : public testing::Test {
 protected:
  static TensorDict DictOn(FileSystem& fs, bool with_text = false) {
    const std::shared_ptr<const RandomAccessFile> file = *fs.OpenForReading("values", Access::kMap);
    TensorDict::Builder builder;
    const auto add = [&](std::string name, uint64_t offset, Checksum checksum) {
      builder.Add(std::move(name), *ExtentSource::Make(DType::kUInt8, *Shape::Make({4}),
                                                       {file, offset, 4, checksum}));
    };
    add("a", 2, {Checksum::Kind::kCrc32, Crc32(AsBytes("abcd"))});
    add("b", 6, {Checksum::Kind::kCrc32c, Crc32c(AsBytes("efgh"))});
    if (with_text) builder.Add("text", MakeTextSource("words"));
    return *builder.Build();
  }
  static SaveOptions Shared(Sharing sharing) { return {.share = sharing}; }

  void SetUp() override { ASSERT_TRUE(fs_.Put("values", AsBytes(kStored)).ok()); }

  MemoryFileSystem fs_;
};

TEST_F(SharedDataTest, TheFileBecomesADataFile) {
  for (const Sharing sharing : {Sharing::kReflink, Sharing::kHardLink}) {
    const std::string prefix = sharing == Sharing::kReflink ? "r/m" : "h/m";
    const auto saved = Save(fs_, prefix, DictOn(fs_), Shared(sharing));
    ASSERT_TRUE(saved.ok()) << saved.status().message();
    EXPECT_EQ(AsText(*fs_.Get(prefix + ".data-00000-of-00001")), kStored);
    const auto dict = Open(fs_, prefix, {});
    EXPECT_EQ(*ReadAsText(*dict, "a"), "abcd");
    EXPECT_EQ(*ReadAsText(*dict, "b"), "efgh");
    EXPECT_TRUE(Verify(fs_, prefix, {})->ok());
    EXPECT_THAT(saved->notes, ElementsAre(HasSubstr(sharing == Sharing::kHardLink
                                                        ? "is values under another name"
                                                        : "shares the blocks of values")));
  }
}

TEST_F(SharedDataTest, WhatIsNoFileIsWrittenBesideIt) {
  const auto saved = Save(fs_, "m", DictOn(fs_, true), Shared(Sharing::kHardLink));
  ASSERT_TRUE(saved.ok()) << saved.status().message();
  EXPECT_THAT(saved->files,
              ElementsAre("m.data-00000-of-00002", "m.data-00001-of-00002", "m.index"));
  EXPECT_EQ(*ReadAsText(*Open(fs_, "m", {}), "text"), "words|");
  EXPECT_EQ(*ReadAsText(*Open(fs_, "m", {}), "b"), "efgh");
  EXPECT_THAT(saved->notes,
              ElementsAre(HasSubstr("under another name"), HasSubstr("1 of 3 tensors are copied")));
}

TEST_F(SharedDataTest, DamageIsNeverShared) {
  for (const size_t byte : {3, 7}) {
    std::string damaged(kStored);
    damaged[byte] ^= 1;
    MemoryFileSystem fs;
    ASSERT_TRUE(fs.Put("values", AsBytes(damaged)).ok());
    const auto saved = Save(fs, "new/m", DictOn(fs), Shared(Sharing::kReflink));
    EXPECT_EQ(saved.status().reason(), Reason::kCrc);
    EXPECT_THAT(*fs.List("new"), IsEmpty());
  }
}

TEST_F(SharedDataTest, AFileThatWasReplacedIsCopied) {
  const TensorDict dict = DictOn(fs_);
  ASSERT_TRUE(fs_.Put("values", AsBytes("another")).ok());
  ASSERT_TRUE(Save(fs_, "m", dict, Shared(Sharing::kReflink)).ok());
  EXPECT_EQ(AsText(*fs_.Get("m.data-00000-of-00001")), "abcdefgh");
}

TEST_F(SharedDataTest, WhereNothingCanBeSharedAllIsCopied) {
  SparseFileSystem fs;  // it knows no sharing
  ASSERT_TRUE((*fs.CreateForWriting("values"))->WriteAt(0, AsBytes(kStored)).ok());
  const auto saved = Save(fs, "m", DictOn(fs), Shared(Sharing::kReflink));
  ASSERT_TRUE(saved.ok()) << saved.status().message();
  EXPECT_THAT(saved->notes, ElementsAre(HasSubstr("all is copied: ")));
  EXPECT_EQ(*ReadAsText(*Open(fs, "m", {}), "b"), "efgh");
}

TEST_F(SharedDataTest, AfterAnErrorNothingNewIsThere) {
  for (const Call call : {Call::kCreate, Call::kOpen, Call::kRead, Call::kSync, Call::kClose,
                          Call::kRename, Call::kSyncDirectory}) {
    for (uint64_t nth = 1;; ++nth) {
      MemoryFileSystem disk;
      ASSERT_TRUE(disk.Put("values", AsBytes(kStored)).ok());
      FaultFileSystem fs(disk);
      const TensorDict dict = DictOn(fs, true);
      fs.script().Reset();
      fs.script().Inject({.call = call, .reason = Reason::kIo, .nth = nth});
      const auto saved = Save(fs, "new/m", dict, Shared(Sharing::kHardLink));
      if (saved.ok()) break;
      EXPECT_EQ(saved.status().reason(), Reason::kIo) << Name(call) << nth;
      const auto left = disk.List("new");
      EXPECT_TRUE(!left.ok() || left->empty()) << Name(call) << nth;
      EXPECT_EQ(AsText(*disk.Get("values")), kStored);
    }
  }
}

}  // namespace
}  // namespace cairn::tf_bundle
