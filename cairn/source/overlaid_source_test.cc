#include "cairn/source/overlaid_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/testing/values.h"

namespace cairn {
namespace {

using testing::ElementsAreArray;

// Reads a stream through scratch memory of a given size.
Result<std::vector<std::byte>> ReadThrough(const TensorSource& source, size_t scratch_nbytes) {
  CAIRN_ASSIGN_OR_RETURN(const auto stream, source.OpenStream());
  std::vector<std::byte> scratch(scratch_nbytes);
  std::vector<std::byte> read;
  while (true) {
    CAIRN_ASSIGN_OR_RETURN(const Bytes piece, stream->Next(scratch));
    if (piece.empty()) return read;
    read.insert(read.end(), piece.begin(), piece.end());
  }
}

TEST(OverlaidSourceTest, RowsAreThoseOfOneOrTheOther) {
  const auto base = SourceOf<int16_t>({4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  const auto over = SourceOf<int16_t>({4, 2}, {11, 12, 13, 14, 15, 16, 17, 18});
  for (int pattern = 0; pattern < 16; ++pattern) {
    std::vector<bool> is_over;
    std::vector<int16_t> expected;
    for (int row = 0; row < 4; ++row) {
      is_over.push_back((pattern >> row & 1) != 0);
      for (int k = 1; k <= 2; ++k)
        expected.push_back(static_cast<int16_t>(2 * row + k + (is_over.back() ? 10 : 0)));
    }
    const auto source = OverlayRows(base, over, is_over);
    ASSERT_TRUE(source.ok()) << source.status().message();
    for (const size_t scratch : {1u, 3u, 4u, 7u, 64u}) {
      const auto read = ReadThrough(**source, scratch);
      ASSERT_TRUE(read.ok()) << read.status().message();
      EXPECT_THAT(*read, ElementsAreArray(std::as_bytes(std::span(expected))))
          << pattern << ", " << scratch;
    }
  }
}

TEST(OverlaidSourceTest, DamageOfEitherIsFound) {
  const auto good = SourceOf<float>({3}, {1, 2, 3});
  const auto bad = DamagedSourceOf<float>({3}, {4, 5, 6});
  const std::vector<bool> none(3, false);
  const std::vector<bool> all(3, true);
  for (const auto& is_over : {none, all}) {
    EXPECT_EQ(ReadThrough(**OverlayRows(bad, good, is_over), 64).status().reason(), Reason::kCrc);
    EXPECT_EQ(ReadThrough(**OverlayRows(good, bad, is_over), 64).status().reason(), Reason::kCrc);
  }
}

TEST(OverlaidSourceTest, RowsWithoutElements) {
  const auto empty = SourceOf<float>({2, 0}, {});
  const auto read = ReadThrough(**OverlayRows(empty, empty, {true, false}), 8);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_TRUE(read->empty());
}

TEST(OverlaidSourceTest, TensorsThatAreNotAlikeAreRefused) {
  const auto floats = SourceOf<float>({2, 2}, {1, 2, 3, 4});
  EXPECT_EQ(
      OverlayRows(floats, SourceOf<int32_t>({2, 2}, {1, 2, 3, 4}), {true, true}).status().reason(),
      Reason::kArgument);
  EXPECT_EQ(OverlayRows(floats, SourceOf<float>({4}, {1, 2, 3, 4}), {true, true}).status().reason(),
            Reason::kArgument);
  EXPECT_EQ(OverlayRows(floats, floats, {true}).status().reason(), Reason::kArgument);
  const auto scalar = SourceOf<float>({}, {1});
  EXPECT_EQ(OverlayRows(scalar, scalar, {}).status().reason(), Reason::kArgument);
}

}  // namespace
}  // namespace cairn
