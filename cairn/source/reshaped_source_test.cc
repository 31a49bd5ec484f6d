#include "cairn/source/reshaped_source.h"

#include <gtest/gtest.h>

#include "cairn/source/padded_source.h"
#include "cairn/source/rows_source.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using SourcePtr = std::shared_ptr<const TensorSource>;

std::string TextOf(const Result<SourcePtr>& source, size_t piece_nbytes = 64) {
  EXPECT_TRUE(source.ok()) << source.status().message();
  const auto bytes = ReadStream(**source, piece_nbytes);
  return bytes.ok() ? std::string(AsText(*bytes)) : std::string(bytes.status().message());
}

SourcePtr Letters(std::initializer_list<int64_t> dims, std::string_view letters) {
  return SourceOfBytes(DType::kUInt8, dims, AsBytes(letters));
}

TEST(ReshapeTest, KeepsTheElementsAndWhereTheyLie) {
  const SourcePtr whole = Letters({2, 3}, "abcdef");
  const SourcePtr reshaped = *Reshape(whole, *Shape::Make({3, 2}));
  EXPECT_EQ(TextOf(reshaped), "abcdef");
  EXPECT_EQ(reshaped->extent()->nbytes, 6u);
  EXPECT_EQ(Reshape(whole, *Shape::Make({4})).status().text(), "[4] has 4 elements, [2,3] has 6");
}

TEST(PadTest, PutsZerosAround) {
  const SourcePtr whole = Letters({2, 2}, "abcd");
  const Padding around[] = {{1, 0}, {0, 2}};
  for (const size_t piece : {1, 3, 100}) {
    EXPECT_EQ(TextOf(Pad(whole, around), piece), std::string("\0\0\0\0ab\0\0cd\0\0", 12));
    EXPECT_EQ(TextOf(Pad(whole, std::vector<Padding>(2)), piece), "abcd");
  }
  const Padding scalar[] = {{0, 0}};
  EXPECT_EQ(Pad(whole, scalar).status().reason(), Reason::kArgument);
  const Padding negative[] = {{-1, 0}, {0, 0}};
  EXPECT_EQ(Pad(whole, negative).status().reason(), Reason::kArgument);
  const Padding huge[] = {{INT64_MAX, 1}, {0, 0}};
  EXPECT_EQ(Pad(whole, huge).status().reason(), Reason::kArgument);
  const Padding empty[] = {{0, 2}, {1, 0}};
  EXPECT_EQ(TextOf(Pad(Letters({0, 1}, ""), empty)), std::string(4, '\0'));
}

TEST(PadTest, TellsDamage) {
  const Padding padding[] = {{1, 1}};
  EXPECT_EQ(ReadStream(**Pad(DamagedSourceOf<float>({2}, {1, 2}), padding)).status().reason(),
            Reason::kCrc);
}

TEST(PickRowsTest, PicksInAnyOrderWithinItsMemory) {
  const SourcePtr whole = Letters({4, 2}, "aabbccdd");
  for (const uint64_t part : {1, 2, 5, 100}) {
    EXPECT_EQ(TextOf(PickRows(whole, {3, 0, 0, kNoRow, 2}, part), 3),
              std::string("ddaaaa\0\0cc", 10));
    EXPECT_EQ(TextOf(PickRows(whole, {}, part)), "");
    EXPECT_EQ(TextOf(PickRows(whole, {kNoRow}, part)), std::string(2, '\0'));
  }
  EXPECT_EQ(PickRows(whole, {4}).status().text(), "there is no row 4, it has 4");
  EXPECT_EQ(PickRows(Letters({}, "a"), {0}).status().reason(), Reason::kArgument);
}

TEST(PickRowsTest, TellsDamageEvenOfRowsThatAreNotPicked) {
  const SourcePtr damaged = DamagedSourceOf<float>({2}, {1, 2});
  for (const std::vector<int64_t>& rows : {std::vector<int64_t>{}, {0}, {kNoRow}})
    EXPECT_EQ(ReadStream(**PickRows(damaged, rows)).status().reason(), Reason::kCrc);
}

}  // namespace
}  // namespace cairn
