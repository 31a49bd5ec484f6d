#include "cairn/inspect/block_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

namespace cairn {
namespace {

constexpr size_t kCounts[] = {1, 2, 15, 16, 17, 255, 256, 257, 4096, 5000, 140'003};

template <typename T>
class BlockKernelsTest : public testing::Test {
 protected:
  // Quarters from -8 to 8: every sum of them is exact, in whatever order.
  static std::vector<T> Quarters(size_t count) {
    std::mt19937 random(static_cast<uint32_t>(count));
    std::vector<T> values(count);
    for (T& value : values)
      value = static_cast<T>(static_cast<double>(static_cast<int>(random() % 65) - 32) / 4);
    return values;
  }
};
using Reals = testing::Types<float, double>;
TYPED_TEST_SUITE(BlockKernelsTest, Reals);

TYPED_TEST(BlockKernelsTest, FactsOfEveryCount) {
  for (const size_t count : kCounts) {
    const std::vector<TypeParam> values = this->Quarters(count);
    const BlockFacts facts = LookAt(0.5, std::span<const TypeParam>(values));
    EXPECT_EQ(facts.low, *std::ranges::min_element(values));
    EXPECT_EQ(facts.high, *std::ranges::max_element(values));
    EXPECT_EQ(facts.sum, std::accumulate(values.begin(), values.end(), 0.0) -
                             0.5 * static_cast<double>(count));
    EXPECT_EQ(facts.num_zeros, static_cast<uint64_t>(std::ranges::count(values, TypeParam{0})));
    EXPECT_TRUE(facts.is_finite);
    double squares = 0;
    for (const TypeParam value : values) squares += (value - 0.5) * (value - 0.5);
    EXPECT_EQ(facts.squares, squares);
    EXPECT_EQ(SquaresAbout(0.5, std::span<const TypeParam>(values)), squares);
  }
}

TYPED_TEST(BlockKernelsTest, WhatIsNotFiniteIsSeenWhereverItStands) {
  using Limits = std::numeric_limits<TypeParam>;
  for (const size_t count : {1, 16, 17, 40}) {
    for (const TypeParam value : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()}) {
      for (size_t at = 0; at < count; ++at) {
        std::vector<TypeParam> values(count, 1);
        values[at] = value;
        EXPECT_FALSE(LookAt(0.5, std::span<const TypeParam>(values)).is_finite)
            << count << " " << at;
      }
    }
  }
}

TYPED_TEST(BlockKernelsTest, TheGreatestValuesAreFinite) {
  const std::vector<TypeParam> values(33, std::numeric_limits<TypeParam>::max());
  EXPECT_TRUE(LookAt(0.5, std::span<const TypeParam>(values)).is_finite);
}

TYPED_TEST(BlockKernelsTest, OneBinMayHoldThemAll) {
  const std::vector<TypeParam> values(300'001, TypeParam{3});
  std::vector<uint64_t> counts(kMaxBins);
  CountBins(std::span<const TypeParam>(values), TypeParam{1}, 0, counts.data());
  std::vector<uint64_t> expected(kMaxBins);
  expected[3] = values.size();
  EXPECT_EQ(counts, expected);
}

TYPED_TEST(BlockKernelsTest, BinsAreThoseOfFloor) {
  for (const size_t count : kCounts) {
    std::vector<TypeParam> values = this->Quarters(count);
    values[0] = -std::numeric_limits<TypeParam>::denorm_min();  // vanishes when it is scaled
    for (const TypeParam scale : {TypeParam{2}, TypeParam{0.5}, TypeParam{0.25}}) {
      std::array<uint64_t, kMaxBins> expected{};
      for (const TypeParam value : values) {
        const double bin = std::floor(static_cast<double>(value) * static_cast<double>(scale));
        ++expected[static_cast<size_t>((bin == 0 && value < 0 ? -1 : bin) + 20)];
      }
      std::array<uint64_t, kMaxBins> counts{};
      CountBins(std::span<const TypeParam>(values), scale, -20, counts.data());
      EXPECT_EQ(counts, expected) << count << " " << scale;
    }
  }
}

}  // namespace
}  // namespace cairn
