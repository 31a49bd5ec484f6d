#include "cairn/data/shuffled_indices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace cairn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Indices = std::vector<uint64_t>;

Indices Epoch(ShuffledIndices& source, uint64_t size) {
  Indices indices;
  for (uint64_t i = 0; i < size; ++i) indices.push_back(source.Next().value().value());
  return indices;
}

TEST(ShuffledIndicesTest, AnEpochHasEachIndexOnce) {
  for (const uint64_t size : {1, 2, 3, 10, 1000}) {
    ShuffledIndices source(size, 1);
    for (int epoch = 0; epoch < 3; ++epoch) {
      Indices indices = Epoch(source, size);
      std::ranges::sort(indices);
      for (uint64_t i = 0; i < size; ++i) EXPECT_EQ(indices[i], i);
    }
  }
}

// A change of this order breaks every run that is resumed. A program in Python that follows the
// definitions of std::seed_seq and std::mt19937_64 gives the same.
TEST(ShuffledIndicesTest, TheOrderIsTheSameForAllTimes) {
  ShuffledIndices source(10, 7);
  EXPECT_THAT(Epoch(source, 10), ElementsAre(9, 2, 7, 4, 8, 3, 6, 5, 0, 1));
  EXPECT_THAT(Epoch(source, 10), ElementsAre(7, 6, 9, 8, 0, 2, 3, 4, 1, 5));
  ShuffledIndices wide(5, uint64_t{1} << 63);
  EXPECT_THAT(Epoch(wide, 5), ElementsAre(0, 3, 1, 2, 4));
}

TEST(ShuffledIndicesTest, AnEpochDependsOnSeedAndNumberAlone) {
  ShuffledIndices source(50, 3), late(50, 3), other(50, 4);
  const Indices first = Epoch(source, 50), second = Epoch(source, 50);
  EXPECT_NE(first, second);
  EXPECT_NE(Epoch(other, 50), first);
  ASSERT_TRUE(late.Seek("size=50 seed=3 epoch=1 next=0").ok());
  EXPECT_EQ(Epoch(late, 50), second);
}

TEST(ShuffledIndicesTest, EveryOrderIsAsLikely) {
  std::map<Indices, int> counts;
  ShuffledIndices source(3, 11);
  for (int epoch = 0; epoch < 6000; ++epoch) ++counts[Epoch(source, 3)];
  ASSERT_EQ(counts.size(), 6u);
  // Each of the 6 orders comes 1000 times, give or take five standard deviations of 29.
  for (const auto& [order, count] : counts) EXPECT_NEAR(count, 1000, 145);
}

TEST(ShuffledIndicesTest, SaysWhereItIs) {
  ShuffledIndices source(3, 9);
  EXPECT_EQ(source.Position(), "size=3 seed=9 epoch=0 next=0");
  (void)source.Next();
  EXPECT_EQ(source.Position(), "size=3 seed=9 epoch=0 next=1");
  (void)source.Next();
  (void)source.Next();
  EXPECT_EQ(source.Position(), "size=3 seed=9 epoch=1 next=0");
}

TEST(ShuffledIndicesTest, NothingHasNoElement) {
  ShuffledIndices source(0, 9);
  EXPECT_EQ(source.Next().value(), std::nullopt);
  EXPECT_TRUE(source.Seek(source.Position()).ok());
}

TEST(ShuffledIndicesTest, RefusesPositionsOfOtherData) {
  ShuffledIndices source(3, 9);
  for (const char* other : {"size=4 seed=9 epoch=0 next=1", "size=3 seed=8 epoch=0 next=1"}) {
    const Status status = source.Seek(other);
    EXPECT_EQ(status.reason(), Reason::kMismatch) << other;
    EXPECT_THAT(std::string(status.message()), HasSubstr("size 3 and seed 9 expected"));
  }
  for (const char* wrong : {"size=3 seed=9 epoch=0 next=3", "size=3 seed=9 epoch=-1 next=0",
                            "size=3 seed=9 epoch=99999999999999999999 next=0", "seed=9 size=3"})
    EXPECT_EQ(source.Seek(wrong).reason(), Reason::kFormat) << wrong;
  EXPECT_EQ(source.Position(), "size=3 seed=9 epoch=0 next=0");
}

}  // namespace
}  // namespace cairn
