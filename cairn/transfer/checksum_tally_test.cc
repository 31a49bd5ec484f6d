#include "cairn/transfer/checksum_tally.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cairn/io/checksum.h"
#include "cairn/transfer/transfer_sources_fixture.h"

namespace cairn {
namespace {

TEST(ChecksumTallyTest, PiecesMayComeInAnyOrder) {
  const Buffer bytes = SomeBytes(10'000);
  const std::vector<Chunk> chunks = {{1, 0, 4096}, {1, 4096, 1}, {1, 4097, 5000}, {1, 9097, 903}};
  for (const auto kind : {Checksum::Kind::kCrc32c, Checksum::Kind::kCrc32}) {
    const uint32_t expected = ExtendChecksum(kind, 0, bytes);
    std::vector<size_t> order = {0, 1, 2, 3};
    do {
      ChecksumTally tally({{0}, {bytes.size(), kind}});
      for (size_t k = 0; k < order.size(); ++k) {
        const Chunk& chunk = chunks[order[k]];
        const auto whole = tally.Add(
            chunk, ExtendChecksum(kind, 0, Bytes(bytes).subspan(chunk.begin, chunk.nbytes)));
        ASSERT_EQ(whole.has_value(), k + 1 == order.size());
        EXPECT_EQ(whole.value_or(expected), expected);
      }
      EXPECT_EQ(tally.checksum(1), expected);
    } while (std::ranges::next_permutation(order).found);
  }
}

TEST(ChecksumTallyTest, AnEmptyItemIsDoneWithItsEmptyPiece) {
  ChecksumTally tally(std::vector<ChecksumTally::Item>(1));
  EXPECT_EQ(tally.Add({0, 0, 0}, 0), 0u);
}

}  // namespace
}  // namespace cairn
