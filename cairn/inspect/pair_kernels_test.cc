#include "cairn/inspect/pair_kernels.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <random>

namespace cairn {
namespace {

constexpr size_t kPairCounts[] = {0, 1, 15, 16, 17, 31, 32, 33, 64, 1000, 2048, 2051};

template <typename T>
class PairKernelsTest : public testing::Test {
 protected:
  static std::vector<T> Normal(size_t count, uint32_t seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal(0, 0.02);
    std::vector<T> values(count);
    for (T& value : values) value = random() % 9 == 0 ? T{0} : static_cast<T>(normal(random));
    return values;
  }
  // Returns what a comparison adds to the facts of earlier elements.
  static PairFacts CompareOn(const PairKernels& kernels, const std::vector<T>& a,
                             const std::vector<T>& b, const Tolerance* tolerance,
                             double max_rel = 0) {
    PairFacts facts{.max_rel = max_rel};
    is_finite_ = Call(kernels, a, b, tolerance, facts);
    return facts;
  }
  static bool Call(const PairKernels& kernels, const std::vector<T>& a, const std::vector<T>& b,
                   const Tolerance* tolerance, PairFacts& facts) {
    if constexpr (sizeof(T) == 4)
      return kernels.compare_floats(a.data(), b.data(), a.size(), tolerance, facts);
    else
      return kernels.compare_doubles(a.data(), b.data(), a.size(), tolerance, facts);
  }
  static LaneSum SquareOn(const PairKernels& kernels, const std::vector<T>& values) {
    LaneSum squares = {};
    if constexpr (sizeof(T) == 4)
      is_finite_ = kernels.square_floats(values.data(), values.size(), squares);
    else
      is_finite_ = kernels.square_doubles(values.data(), values.size(), squares);
    return squares;
  }

  // The kernels' contract in scalar code. Element i of a round is in lane i.
  struct Sums {
    LaneSum difference = {}, a = {}, b = {};
    static bool IsInRange(const LaneSum& lanes) {
      return std::accumulate(lanes.begin(), lanes.end(), 0.0) > 0x1p-100;
    }
    bool is_in_range() const { return IsInRange(difference) && IsInRange(a) && IsInRange(b); }
  };
  static Sums WideSumsOf(const std::vector<T>& a, const std::vector<T>& b, size_t first) {
    Sums sums;
    for (size_t i = first; i < a.size(); ++i) {
      const double of_a = a[i], of_b = b[i];
      sums.difference[i % kPairLanes] += (of_a - of_b) * (of_a - of_b);
      sums.a[i % kPairLanes] += of_a * of_a;
      sums.b[i % kPairLanes] += of_b * of_b;
    }
    return sums;
  }
  // In whole rounds, eight squares of a lane are added in float32, then go on in float64.
  static Sums NarrowSumsOf(const std::vector<T>& a, const std::vector<T>& b) {
    Sums sums;
    const size_t in_rounds = a.size() / kPairLanes * kPairLanes;
    for (size_t lane = 0; lane < kPairLanes; ++lane) {
      for (size_t begin = lane; begin < in_rounds; begin += 8 * kPairLanes) {
        T difference = 0, of_a = 0, of_b = 0;
        for (size_t i = begin; i < std::min(begin + 8 * kPairLanes, in_rounds); i += kPairLanes) {
          difference += (a[i] - b[i]) * (a[i] - b[i]);
          of_a += a[i] * a[i];
          of_b += b[i] * b[i];
        }
        sums.difference[lane] += difference;
        sums.a[lane] += of_a;
        sums.b[lane] += of_b;
      }
    }
    const Sums rest = WideSumsOf(a, b, in_rounds);
    for (size_t lane = 0; lane < kPairLanes; ++lane) {
      sums.difference[lane] += rest.difference[lane];
      sums.a[lane] += rest.a[lane];
      sums.b[lane] += rest.b[lane];
    }
    return sums;
  }
  static Sums SumsOf(const std::vector<T>& a, const std::vector<T>& b) {
    if (sizeof(T) == sizeof(float)) {
      if (const Sums narrow = NarrowSumsOf(a, b); narrow.is_in_range()) return narrow;
    }
    return WideSumsOf(a, b, 0);
  }

  static inline bool is_finite_ = false;  // of the last call
};
using PairReals = testing::Types<float, double>;
TYPED_TEST_SUITE(PairKernelsTest, PairReals);

TYPED_TEST(PairKernelsTest, FactsAreTheSameOnEveryTarget) {
  ASSERT_FALSE(AllKernels<PairKernels>().empty());
  for (const auto& target : AllKernels<PairKernels>()) {
    SCOPED_TRACE(target.target);
    for (const size_t count : kPairCounts) {
      const std::vector<TypeParam> a = this->Normal(count, 1);
      const std::vector<TypeParam> b = this->Normal(count, 2);
      const Tolerance tolerance = {.rtol = 0.5, .atol = 0.01};
      const PairFacts facts = this->CompareOn(*target.kernels, a, b, &tolerance);
      double max_abs = 0, max_rel = 0;
      uint64_t num_over = 0, num_different = 0;
      for (size_t i = 0; i < count; ++i) {
        const TypeParam distance = std::fabs(a[i] - b[i]);
        const TypeParam size = std::fabs(b[i]);
        max_abs = std::max(max_abs, double(distance));
        if (size != 0) max_rel = std::max(max_rel, double(distance / size));
        const TypeParam within = TypeParam(0.01) + TypeParam(0.5) * size;
        num_over += distance > within ? 1 : 0;
        using Bits = std::conditional_t<sizeof(TypeParam) == 4, uint32_t, uint64_t>;
        num_different += std::bit_cast<Bits>(a[i]) != std::bit_cast<Bits>(b[i]) ? 1 : 0;
      }
      EXPECT_EQ(facts.max_abs, max_abs);
      EXPECT_EQ(facts.max_rel, max_rel);
      EXPECT_EQ(facts.num_over, num_over);
      EXPECT_EQ(facts.num_different, num_different);
      const auto sums = this->SumsOf(a, b);
      EXPECT_EQ(facts.square_difference, sums.difference);
      EXPECT_EQ(facts.square_a, sums.a);
      EXPECT_EQ(facts.square_b, sums.b);
      EXPECT_EQ(this->SquareOn(*target.kernels, b), this->WideSumsOf(a, b, 0).b);
      EXPECT_EQ(this->CompareOn(*target.kernels, a, b, nullptr).num_over, 0u);
    }
  }
}

// The bound that saves divisions must never skip the greatest quotient, however near it is to
// another.
TYPED_TEST(PairKernelsTest, TheGreatestQuotientIsFoundAmongNeighbours) {
  for (const auto& target : AllKernels<PairKernels>()) {
    for (uint32_t seed = 0; seed < 300; ++seed) {
      std::mt19937 random(seed);
      std::vector<TypeParam> a(64), b(64);
      double expected = 0;
      for (size_t i = 0; i < a.size(); ++i) {
        b[i] = static_cast<TypeParam>(1 + static_cast<double>(random()) / 0x1p32);
        a[i] = static_cast<TypeParam>(b[i] * TypeParam(1.5));
        expected = std::max(expected, double(std::fabs(a[i] - b[i]) / b[i]));
      }
      EXPECT_EQ(this->CompareOn(*target.kernels, a, b, nullptr).max_rel, expected) << seed;
      EXPECT_EQ(this->CompareOn(*target.kernels, a, b, nullptr, 7).max_rel, 7) << seed;
    }
  }
}

TYPED_TEST(PairKernelsTest, SumsTellOfValuesThatAreNotFinite) {
  using Limits = std::numeric_limits<TypeParam>;
  for (const auto& target : AllKernels<PairKernels>()) {
    for (const TypeParam value : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()}) {
      for (const size_t at : {0, 5, 63, 64, 66}) {
        std::vector<TypeParam> a(67, TypeParam{1});
        const std::vector<TypeParam> b = a;
        a[at] = value;
        this->CompareOn(*target.kernels, a, b, nullptr);
        EXPECT_FALSE(this->is_finite_);
        this->CompareOn(*target.kernels, b, a, nullptr);
        EXPECT_FALSE(this->is_finite_);
        this->SquareOn(*target.kernels, a);
        EXPECT_FALSE(this->is_finite_);
        this->CompareOn(*target.kernels, b, b, nullptr);
        EXPECT_TRUE(this->is_finite_);
      }
    }
  }
}

// Squares that float32 does not hold are added in float64.
TEST(PairKernelsRangeTest, TinyAndGreatFloatsKeepTheirSums) {
  for (const auto& target : AllKernels<PairKernels>()) {
    for (const float scale : {1e-30F, 1e30F}) {
      const std::vector<float> a(1000, 3 * scale), b(1000, 4 * scale);
      PairFacts facts;
      ASSERT_TRUE(target.kernels->compare_floats(a.data(), b.data(), 1000, nullptr, facts));
      const double unit = static_cast<double>(scale) * static_cast<double>(scale);
      const auto total = [](const LaneSum& lanes) {
        return std::accumulate(lanes.begin(), lanes.end(), 0.0);
      };
      EXPECT_NEAR(total(facts.square_a) / unit, 9000, 0.01);
      EXPECT_NEAR(total(facts.square_b) / unit, 16000, 0.01);
      EXPECT_NEAR(total(facts.square_difference) / unit, 1000, 0.01);
    }
  }
}

TEST(CountDifferentTest, CountsElementsOfEverySize) {
  for (const auto& target : AllKernels<PairKernels>()) {
    for (const size_t element_nbytes : {1, 2, 4, 8, 16}) {
      for (const size_t count : kPairCounts) {
        std::vector<std::byte> a(count * element_nbytes + 1), b(a.size());
        std::mt19937 random(static_cast<uint32_t>(count));
        uint64_t expected = 0;
        for (size_t i = 0; i < count; ++i) {
          if (random() % 3 != 0) continue;
          b[1 + i * element_nbytes + random() % element_nbytes] = std::byte{1};
          ++expected;
        }
        // The elements are not aligned.
        EXPECT_EQ(
            target.kernels->count_different(a.data() + 1, b.data() + 1, count, element_nbytes),
            expected)
            << target.target << " " << element_nbytes << " " << count;
      }
    }
  }
}

}  // namespace
}  // namespace cairn
