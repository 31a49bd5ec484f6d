#include "cairn/source/weighted_sum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <complex>
#include <cstring>

#include "cairn/testing/values.h"

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using SourcePtr = std::shared_ptr<const TensorSource>;

template <typename T = float>
std::vector<T> ValuesOf(const Result<SourcePtr>& source, size_t piece_nbytes = 64) {
  EXPECT_TRUE(source.ok()) << source.status().message();
  const auto bytes = ReadStream(**source, piece_nbytes);
  EXPECT_TRUE(bytes.ok()) << bytes.status().message();
  std::vector<T> values(bytes->size() / sizeof(T));
  std::memcpy(values.data(), bytes->data(), bytes->size());
  return values;
}

SourcePtr Floats(const std::vector<float>& values) {
  return SourceOf<float>({static_cast<int64_t>(values.size())}, values);
}

TEST(WeightedSumTest, AddsInFloat64AndRoundsOnce) {
  const SourcePtr a = Floats({1, 2, 16777216});
  const SourcePtr b = Floats({3, -2, 1});
  const SourcePtr c = Floats({5, 0.5f, 1});
  EXPECT_THAT(ValuesOf(WeightedSum({a, b}, {1, 1})), ElementsAre(4, 0, 16777216));
  EXPECT_THAT(ValuesOf(WeightedSum({a, b, c}, {1, 1, 1})), ElementsAre(9, 0.5f, 16777218))
      << "float32 would lose both ones";
  EXPECT_THAT(ValuesOf(WeightedSum({a, b}, {1, -1})), ElementsAre(-2, 4, 16777215));
  EXPECT_THAT(ValuesOf(WeightedSum({a, b, c}, {1, 1, 2}, 4)),
              ElementsAre(3.5f, 0.25f, 16777219.0f / 4));
}

TEST(WeightedSumTest, StreamsWhateverThePieces) {
  std::vector<float> values(10'000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  for (const size_t piece : {1, 3, 100, 1 << 20}) {
    const auto sum = ValuesOf(WeightedSum({Floats(values), Floats(values)}, {1, 2}), piece);
    ASSERT_EQ(sum.size(), values.size());
    for (size_t i = 0; i < sum.size(); ++i) ASSERT_EQ(sum[i], 3 * values[i]);
  }
}

TEST(WeightedSumTest, TakesEveryNumericDType) {
  using Complex = std::complex<float>;
  const SourcePtr a = SourceOf<Complex>({1}, {{1, 2}});
  EXPECT_THAT(ValuesOf<Complex>(WeightedSum({a, a}, {1, 2})), ElementsAre(Complex(3, 6)));
  const SourcePtr half = SourceOfBytes(DType::kFloat16, {1}, AsBytes(std::string("\0\x3c", 2)));
  EXPECT_THAT(ValuesOf<uint16_t>(WeightedSum({half, Floats({0.5f})}, {1, 1})), ElementsAre(0x3e00))
      << "the dtype is that of the first";
}

TEST(WeightedSumTest, RefusesWhatDoesNotFit) {
  const SourcePtr a = Floats({1, 2});
  EXPECT_THAT(std::string(WeightedSum({a, Floats({1})}, {1, 1}).status().text()),
              HasSubstr("float32[2] and float32[1]"));
  EXPECT_EQ(WeightedSum({a, SourceOf<std::complex<float>>({2}, {1, 2})}, {1, 1}).status().reason(),
            Reason::kMismatch);
  EXPECT_EQ(WeightedSum({a, a}, {1}).status().reason(), Reason::kArgument);
}

TEST(WeightedSumTest, DamageOfAnySourceIsTold) {
  const SourcePtr sound = Floats({1, 2});
  const SourcePtr damaged = DamagedSourceOf<float>({2}, {1, 2});
  for (const TensorSources& sources : {TensorSources{sound, damaged}, {damaged, sound}})
    EXPECT_EQ(ReadStream(**WeightedSum(sources, {1, 1})).status().reason(), Reason::kCrc);
}

}  // namespace
}  // namespace cairn
