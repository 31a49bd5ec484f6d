#include "cairn/testing/damage.h"

#include <gtest/gtest.h>

#include "cairn/io/memory_file_system.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

TEST(DamageTest, FlipsOneBit) {
  EXPECT_EQ(AsText(FlipBit(AsBytes("abc"), 0)), "`bc");
  EXPECT_EQ(AsText(FlipBit(AsBytes("abc"), 21)), "abC");
  EXPECT_EQ(AsText(FlipBit(FlipBit(AsBytes("abc"), 15), 15)), "abc");
}

TEST(DamageTest, Cuts) {
  EXPECT_EQ(AsText(CutAt(AsBytes("abc"), 2)), "ab");
  EXPECT_EQ(AsText(CutAt(AsBytes("abc"), 0)), "");
  EXPECT_EQ(AsText(CutAt(AsBytes("abc"), 9)), "abc");
}

TEST(DamageTest, WritesAndReadsWholeFiles) {
  MemoryFileSystem fs;
  EXPECT_TRUE(WriteWholeFile(fs, "/f", AsBytes("a longer text")).ok());
  EXPECT_TRUE(WriteWholeFile(fs, "/f", AsBytes("text")).ok());
  EXPECT_EQ(AsText(*ReadWholeFile(fs, "/f")), "text");
  EXPECT_EQ(ReadWholeFile(fs, "/g").status().reason(), Reason::kMissing);
  EXPECT_EQ(WriteWholeFile(fs, "/", AsBytes("text")).reason(), Reason::kFileType);
}

TEST(ValuesTest, MakesSourcesAndReadsThem) {
  const auto source = SourceOf<int16_t>({2, 2}, {1, -2, 3, -4});
  EXPECT_EQ(source->dtype(), DType::kInt16);
  for (const size_t piece : {1u, 3u, 64u})
    EXPECT_EQ(ValuesOf<int16_t>(*source, piece).value(), (std::vector<int16_t>{1, -2, 3, -4}));
  EXPECT_EQ(ValuesOf<float>(*source).status().reason(), Reason::kMismatch);
  EXPECT_TRUE(source->extent()->checksum.has_value());
  EXPECT_EQ(SourceOf<int16_t>({3}, {1, 2}), nullptr);
}

TEST(ValuesTest, MakesDamagedSources) {
  const auto source = DamagedSourceOf<float>({1}, {1.0f});
  EXPECT_EQ(ReadStream(*source).status().reason(), Reason::kCrc);
}

}  // namespace
}  // namespace cairn
