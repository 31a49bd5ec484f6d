#include "cairn/io/checksum_tally.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cairn/io/checksum.h"
#include "cairn/io/transfer_test_sources.h"

namespace cairn {
namespace {

TEST(ChecksumTallyTest, PiecesMayComeInAnyOrder) {
  const Buffer bytes = SomeBytes(10'000);
  const std::vector<Piece> pieces = {{1, 0, 4096}, {1, 4096, 1}, {1, 4097, 5000}, {1, 9097, 903}};
  std::vector<size_t> order = {0, 1, 2, 3};
  do {
    ChecksumTally tally({0, bytes.size()});
    for (size_t k = 0; k < order.size(); ++k) {
      const Piece& piece = pieces[order[k]];
      const auto whole = tally.Add(piece, Crc32c(Bytes(bytes).subspan(piece.begin, piece.nbytes)));
      ASSERT_EQ(whole.has_value(), k + 1 == order.size());
      EXPECT_EQ(whole.value_or(Crc32c(bytes)), Crc32c(bytes));
    }
    EXPECT_EQ(tally.crc32c(1), Crc32c(bytes));
  } while (std::ranges::next_permutation(order).found);
}

TEST(ChecksumTallyTest, AnEmptyItemIsDoneWithItsEmptyPiece) {
  ChecksumTally tally({0});
  EXPECT_EQ(tally.Add({0, 0, 0}, 0), 0u);
}

}  // namespace
}  // namespace cairn
