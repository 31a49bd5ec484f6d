#include "cairn/inspect/block_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "cairn/inspect/block_kernel_table.h"

namespace cairn {
namespace {

constexpr size_t kCounts[] = {1, 2, 15, 16, 17, 255, 256, 257, 4096, 5000, 140'003};
constexpr size_t kLanes = 16;

// The kernels' contract in scalar code: value i is added in lane i % kLanes, the lanes one after
// the other, then the values that fill no round.
template <typename T>
double SumInLanes(std::span<const T> values, const std::function<double(T)>& term) {
  std::array<double, kLanes> lanes{};
  const size_t in_rounds = values.size() / kLanes * kLanes;
  for (size_t i = 0; i < in_rounds; ++i) lanes[i % kLanes] += term(values[i]);
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  for (const T value : values.subspan(in_rounds)) sum += term(value);
  return sum;
}

template <typename T>
class BlockKernelsTest : public testing::Test {
 protected:
  ~BlockKernelsTest() override { UseKernels(*AllKernels<BlockKernels>().front().kernels); }

  // Calls `check` with the kernels of each instruction set that this machine has.
  static void OnEveryTarget(const std::function<void()>& check) {
    ASSERT_FALSE(AllKernels<BlockKernels>().empty());
    for (const auto& target : AllKernels<BlockKernels>()) {
      SCOPED_TRACE(target.target);
      UseKernels(*target.kernels);
      check();
    }
  }

  // Values whose sums are rounded: of many magnitudes and both signs, zeros of both signs.
  static std::vector<T> Rounded(size_t count) {
    std::mt19937 random(static_cast<uint32_t>(count));
    std::vector<T> values(count);
    for (T& value : values) {
      const int exponent = static_cast<int>(random() % 20) - 20;
      const T digits = static_cast<T>(random()) / static_cast<T>(uint32_t{1} << 31) - 1;
      value = random() % 5 == 0 ? std::copysign(T{0}, digits) : std::ldexp(digits, exponent);
    }
    return values;
  }

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
  this->OnEveryTarget([&] {
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
  });
}

// Returns the bits, so that 0 and -0 differ.
uint64_t BitsOf(double value) { return std::bit_cast<uint64_t>(value); }

TYPED_TEST(BlockKernelsTest, EveryTargetRoundsAlike) {
  this->OnEveryTarget([&] {
    for (const size_t count : kCounts) {
      const std::vector<TypeParam> values = this->Rounded(count);
      const std::span<const TypeParam> span(values);
      const double about = 0.001;
      const auto distance = [&](TypeParam value) { return static_cast<double>(value) - about; };
      const auto square = [&](TypeParam value) { return distance(value) * distance(value); };
      const BlockFacts facts = LookAt(about, span);
      EXPECT_EQ(BitsOf(facts.sum), BitsOf(SumInLanes<TypeParam>(span, distance)));
      EXPECT_EQ(BitsOf(facts.squares), BitsOf(SumInLanes<TypeParam>(span, square)));
      EXPECT_EQ(BitsOf(SquaresAbout(about, span)), BitsOf(SumInLanes<TypeParam>(span, square)))
          << count;
    }
  });
}

TYPED_TEST(BlockKernelsTest, TheExtremeZeroIsTheFirstOfItsLane) {
  this->OnEveryTarget([&] {
    for (const TypeParam first : {TypeParam{0}, -TypeParam{0}}) {
      for (const size_t count : kCounts) {
        // The same zero first in every lane, then the others, of which none may take its place.
        std::vector<TypeParam> values(count, -first);
        std::fill_n(values.begin(), std::min(count, kLanes), first);
        const BlockFacts facts = LookAt(0.5, std::span<const TypeParam>(values));
        EXPECT_EQ(BitsOf(facts.low), BitsOf(static_cast<double>(first))) << count;
        EXPECT_EQ(BitsOf(facts.high), BitsOf(static_cast<double>(first))) << count;
      }
    }
  });
}

TYPED_TEST(BlockKernelsTest, WhatIsNotFiniteIsSeenWhereverItStands) {
  this->OnEveryTarget([&] {
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
  });
}

TYPED_TEST(BlockKernelsTest, TheGreatestValuesAreFinite) {
  this->OnEveryTarget([&] {
    const std::vector<TypeParam> values(33, std::numeric_limits<TypeParam>::max());
    EXPECT_TRUE(LookAt(0.5, std::span<const TypeParam>(values)).is_finite);
  });
}

TYPED_TEST(BlockKernelsTest, OneBinMayHoldThemAll) {
  this->OnEveryTarget([&] {
    const std::vector<TypeParam> values(300'001, TypeParam{3});
    std::vector<uint64_t> counts(kMaxBins);
    CountBins(std::span<const TypeParam>(values), TypeParam{1}, 0, counts.data());
    std::vector<uint64_t> expected(kMaxBins);
    expected[3] = values.size();
    EXPECT_EQ(counts, expected);
  });
}

TYPED_TEST(BlockKernelsTest, BinsAreThoseOfFloor) {
  this->OnEveryTarget([&] {
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
  });
}

}  // namespace
}  // namespace cairn
