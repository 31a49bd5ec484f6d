#include "cairn/inspect/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>

#include "cairn/inspect/block_kernel_table.h"
#include "cairn/testing/values.h"

namespace cairn {
namespace {

using Source = std::shared_ptr<const TensorSource>;

Statistics StatisticsOf(const Source& source, int threads = 1) {
  const auto computed = ComputeStatistics({&source, 1}, {.threads = threads});
  EXPECT_TRUE(computed.ok() && computed->front().error.ok());
  return std::get<Statistics>(computed->front().values);
}

template <typename T>
std::shared_ptr<const TensorSource> Vector(const std::vector<T>& values) {
  return SourceOf<T>({static_cast<int64_t>(values.size())}, values);
}

// Computes statistics by their definitions, in long double.
struct Plain {
  long double mean = 0;
  long double stddev = 0;
};

template <typename T>
Plain PlainOf(const std::vector<T>& values) {
  long double sum = 0;
  long double count = 0;
  for (const T value : values) {
    if (!std::isfinite(static_cast<double>(value))) continue;
    sum += value;
    count += 1;
  }
  Plain plain{sum / count, 0};
  for (const T value : values) {
    if (!std::isfinite(static_cast<double>(value))) continue;
    plain.stddev += (value - plain.mean) * (value - plain.mean);
  }
  plain.stddev = std::sqrt(plain.stddev / count);
  return plain;
}

TEST(StatisticsTest, AreThoseOfTheDefinition) {
  std::mt19937 random(1);
  for (const size_t count : {1, 7, 8, 9, 4095, 4096, 4097, 100'000}) {
    for (const double scale : {1.0, 1e-30, 1e30}) {
      for (const double offset : {0.0, 1e6}) {
        std::normal_distribution<double> normal(offset * scale, scale);
        std::vector<float> values(count);
        for (float& value : values) value = static_cast<float>(normal(random));
        const Statistics statistics = StatisticsOf(Vector(values));
        const Plain plain = PlainOf(values);
        EXPECT_NEAR(statistics.mean / scale, double(plain.mean / scale), 1e-12 * (1 + offset));
        EXPECT_NEAR(statistics.stddev / scale, double(plain.stddev / scale), 1e-9);
        EXPECT_EQ(std::get<double>(*statistics.min), *std::ranges::min_element(values));
        EXPECT_EQ(std::get<double>(*statistics.max), *std::ranges::max_element(values));
        EXPECT_EQ(statistics.num_finite(), count);
      }
    }
  }
}

TEST(StatisticsTest, ASmallDeviationAboutALargeMean) {
  std::vector<double> values(50'000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = 1e9 + (i % 2 == 0 ? 0.25 : -0.25);
  const Statistics statistics = StatisticsOf(Vector(values));
  EXPECT_EQ(statistics.mean, 1e9);
  EXPECT_EQ(statistics.stddev, 0.25);
}

TEST(StatisticsTest, WhatIsNotFiniteIsCountedAndLeftOut) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const Statistics statistics =
      StatisticsOf(Vector<float>({1, kNan, -kInf, 0, kInf, -0.0f, kInf, 3, -2}));
  EXPECT_EQ(statistics.num_elements, 9u);
  EXPECT_EQ(statistics.num_nans, 1u);
  EXPECT_EQ(statistics.num_positive_infinities, 2u);
  EXPECT_EQ(statistics.num_negative_infinities, 1u);
  EXPECT_EQ(statistics.num_zeros, 2u);
  EXPECT_EQ(statistics.mean, 0.4);
  EXPECT_EQ(std::get<double>(*statistics.min), -2);
  EXPECT_EQ(std::get<double>(*statistics.max), 3);
  const Statistics none = StatisticsOf(Vector<float>({kNan, kInf}));
  EXPECT_FALSE(none.min);
  EXPECT_TRUE(none.histogram.counts().empty());
  const Statistics empty = StatisticsOf(Vector<float>({}));
  EXPECT_EQ(empty.num_elements, 0u);
  EXPECT_FALSE(empty.max);
}

TEST(StatisticsTest, LargeIntegersStayExact) {
  const Statistics signed_ones = StatisticsOf(Vector<int64_t>({INT64_MIN, 0, INT64_MAX}));
  EXPECT_EQ(std::get<int64_t>(*signed_ones.min), INT64_MIN);
  EXPECT_EQ(std::get<int64_t>(*signed_ones.max), INT64_MAX);
  const Statistics unsigned_ones = StatisticsOf(Vector<uint64_t>({UINT64_MAX - 1, UINT64_MAX}));
  EXPECT_EQ(std::get<uint64_t>(*unsigned_ones.min), UINT64_MAX - 1);
}

TEST(StatisticsTest, EveryDTypeIsDecoded) {
  const std::vector<std::byte> ones(16, std::byte{1});
  for (const DTypeInfo& info : kDTypes) {
    if (info.nbytes == 0) continue;
    const auto dim = static_cast<int64_t>(ones.size() / info.nbytes);
    const Statistics statistics = StatisticsOf(SourceOfBytes(info.dtype, {dim}, ones));
    EXPECT_EQ(statistics.num_elements, static_cast<uint64_t>(dim)) << info.name;
    ASSERT_TRUE(statistics.min) << info.name;
    EXPECT_EQ(statistics.stddev, 0) << info.name;
    EXPECT_GT(statistics.mean, 0) << info.name;
  }
  EXPECT_EQ(StatisticsOf(SourceOfBytes(DType::kInt4, {1}, std::vector(1, std::byte{0x0f}))).mean,
            -1);
  EXPECT_EQ(StatisticsOf(SourceOf<std::complex<float>>({1}, {{3, 4}})).mean, 5);
}

// Several chunks of a transfer, whichever thread has them.
TEST(StatisticsTest, DoNotDependOnTheNumberOfThreads) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0.1f, 2);
  std::vector<float> values(5'000'000);
  for (float& value : values) value = normal(random);
  const Source source = Vector(values);
  const Statistics one = StatisticsOf(source, 1);
  for (int threads = 2; threads < 5; ++threads) {
    const Statistics many = StatisticsOf(source, threads);
    EXPECT_EQ(many.mean, one.mean);
    EXPECT_EQ(many.stddev, one.stddev);
    EXPECT_TRUE(many.histogram == one.histogram);
  }
  EXPECT_NEAR(one.stddev, double(PlainOf(values).stddev), 1e-10);
}

TEST(StatisticsTest, DoNotDependOnTheMachine) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal(0.01, 1);
  std::vector<float> values(100'003);
  for (float& value : values) value = static_cast<float>(normal(random));
  const Statistics best = StatisticsOf(Vector(values));
  for (const auto& target : AllKernels<BlockKernels>()) {
    SCOPED_TRACE(target.target);
    UseKernels(*target.kernels);
    const Statistics statistics = StatisticsOf(Vector(values));
    UseKernels(*AllKernels<BlockKernels>().front().kernels);
    EXPECT_EQ(statistics.mean, best.mean);
    EXPECT_EQ(statistics.stddev, best.stddev);
    EXPECT_EQ(statistics.min, best.min);
    EXPECT_EQ(statistics.max, best.max);
    EXPECT_EQ(statistics.histogram.start(0), best.histogram.start(0));
    EXPECT_TRUE(std::ranges::equal(statistics.histogram.counts(), best.histogram.counts()));
  }
}

TEST(StatisticsTest, DamageIsTheErrorOfItsTensorAlone) {
  const std::vector<Source> sources = {SourceOf<float>({2}, {1, 2}),
                                       DamagedSourceOf<float>({2}, {1, 2})};
  const auto computed = ComputeStatistics(sources, {});
  ASSERT_TRUE(computed.ok());
  EXPECT_TRUE((*computed)[0].error.ok());
  EXPECT_EQ((*computed)[1].error.reason(), Reason::kCrc);
}

TEST(StatisticsTest, AreTakenOnceForEachTensorWhenItIsRead) {
  const std::vector<float> many(3 << 20, 1.0f);  // several chunks, for several threads
  std::vector<Source> sources = {Vector(many), SourceOf<float>({0}, {}),
                                 DamagedSourceOf<float>({2}, {1, 2})};
  for (int i = 0; i < 100; ++i) sources.push_back(SourceOf<int32_t>({1}, {i}));
  std::vector<int> taken(sources.size());
  const Status status = ComputeStatistics(
      sources, {.threads = 4}, [&](size_t source, const TensorStatistics& statistics) {
        ++taken[source];
        EXPECT_EQ(statistics.error.ok(), source != 2);
        if (source == 2) return;
        const auto& numbers = std::get<Statistics>(statistics.values);
        EXPECT_EQ(numbers.num_elements, source == 0 ? many.size() : source == 1 ? 0 : 1);
        EXPECT_EQ(numbers.mean, source == 0   ? 1
                                : source == 1 ? 0
                                              : static_cast<double>(source - 3));
      });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(taken, std::vector<int>(sources.size(), 1));
}

std::map<double, uint64_t> BinsOf(const Histogram& histogram) {
  std::map<double, uint64_t> bins;
  for (size_t i = 0; i < histogram.counts().size(); ++i) {
    if (histogram.counts()[i] > 0) bins[histogram.start(i)] = histogram.counts()[i];
  }
  return bins;
}

TEST(HistogramTest, CountsEveryValueInItsBin) {
  std::mt19937 random(5);
  for (const double scale : {1.0, 1e-300, 3e300, 1e-5, 12345.0}) {
    std::uniform_real_distribution<double> uniform(-scale / 3, scale / 2);
    std::vector<double> values(1000);
    for (double& value : values) value = uniform(random);
    Histogram histogram;
    for (size_t i = 0; i < values.size(); i += 100) {  // ranges that grow
      const std::span<const double> block(values.data() + i, 100);
      histogram.Add(block, *std::ranges::min_element(block), *std::ranges::max_element(block));
    }
    EXPECT_LE(histogram.counts().size(), kMaxBins);
    EXPECT_GT(histogram.counts().size(), kMaxBins / 2 - 1);
    for (size_t i = 0; i < histogram.counts().size(); ++i) {
      const auto inside = std::ranges::count_if(values, [&](double value) {
        return value >= histogram.start(i) && value < histogram.start(i + 1);
      });
      EXPECT_EQ(histogram.counts()[i], static_cast<uint64_t>(inside)) << scale << " bin " << i;
    }
  }
}

TEST(HistogramTest, OrderDoesNotMatter) {
  const std::vector<std::vector<double>> blocks = {{0, 0}, {1e-9, 2e-9}, {-1e6, 5}, {3}, {1e6}};
  std::vector<size_t> order = {0, 1, 2, 3, 4};
  std::optional<Histogram> first;
  do {
    Histogram histogram;
    for (const size_t i : order) {
      Histogram block;
      block.Add(std::span(blocks[i]), *std::ranges::min_element(blocks[i]),
                *std::ranges::max_element(blocks[i]));
      histogram.Merge(block);
    }
    if (!first) first = histogram;
    EXPECT_EQ(BinsOf(histogram), BinsOf(*first));
  } while (std::ranges::next_permutation(order).found);
}

TEST(HistogramTest, OneValueIsOneBin) {
  for (const double value : {0.0, 1.0, -3.5, 1e300, 5e-324, -1e-310, 1.7976931348623157e308}) {
    Histogram histogram;
    histogram.Add(std::array{value, value}, value, value);
    ASSERT_EQ(histogram.counts().size(), 1u) << value;
    EXPECT_EQ(histogram.counts()[0], 2u);
    EXPECT_LE(histogram.start(0), value);
  }
}

TEST(HistogramTest, TheWholeRangeOfFloat64) {
  const double most = std::numeric_limits<double>::max();
  Histogram histogram;
  histogram.Add(std::array{-most, 0.0, 1.0, most}, -most, most);
  uint64_t total = 0;
  for (const uint64_t count : histogram.counts()) total += count;
  EXPECT_EQ(total, 4u);
}

}  // namespace
}  // namespace cairn
