#include "cairn/core/small_float.h"

#include <gtest/gtest.h>

#include <limits>
#include <span>

#include "cairn/core/small_float_table.h"

namespace cairn {
namespace {

uint32_t BitsOf(float value) { return std::bit_cast<uint32_t>(value); }

template <typename Small>
void ExpectDecodesAs(std::span<const uint32_t> expected) {
  for (uint32_t code = 0; code < expected.size(); ++code) {
    const float value = Small::Decode(code);
    const float wanted = std::bit_cast<float>(expected[code]);
    if (std::isnan(wanted))
      EXPECT_TRUE(std::isnan(value)) << code;
    else
      EXPECT_EQ(BitsOf(value), BitsOf(wanted)) << code;
  }
}

TEST(SmallFloatTest, DecodesAsMlDtypesDoes) {
  ExpectDecodesAs<Float8E5M2>(small_float_table::kFloat8E5m2);
  ExpectDecodesAs<Float8E4M3FN>(small_float_table::kFloat8E4m3fn);
  ExpectDecodesAs<Float8E4M3FNUZ>(small_float_table::kFloat8E4m3fnuz);
  ExpectDecodesAs<Float8E4M3B11FNUZ>(small_float_table::kFloat8E4m3b11fnuz);
  ExpectDecodesAs<Float8E5M2FNUZ>(small_float_table::kFloat8E5m2fnuz);
  ExpectDecodesAs<Float4E2M1FN>(small_float_table::kFloat4E2m1fn);
  ExpectDecodesAs<Float6E2M3FN>(small_float_table::kFloat6E2m3fn);
  ExpectDecodesAs<Float6E3M2FN>(small_float_table::kFloat6E3m2fn);
  ExpectDecodesAs<Float8E8M0FNU>(small_float_table::kFloat8E8m0fnu);
}

TEST(SmallFloatTest, DecodesBFloat16AsTheUpperHalfOfAFloat) {
  for (uint32_t code = 0; code < 0x10000; ++code)
    ASSERT_EQ(BitsOf(BFloat16::Decode(code)), code << 16) << code;
}

#ifdef __FLT16_MAX__
TEST(SmallFloatTest, AgreesWithTheCompilersOwnHalf) {
  for (uint32_t code = 0; code < 0x10000; ++code) {
    const float wanted = static_cast<float>(std::bit_cast<_Float16>(static_cast<uint16_t>(code)));
    const float value = Float16::Decode(code);
    if (std::isnan(wanted))
      ASSERT_TRUE(std::isnan(value)) << code;
    else
      ASSERT_EQ(BitsOf(value), BitsOf(wanted)) << code;
  }
}
#endif

template <typename Small>
class EncodeTest : public testing::Test {};
using AllFormats =
    testing::Types<Float16, BFloat16, Float8E5M2, Float8E4M3FN, Float8E4M3FNUZ, Float8E4M3B11FNUZ,
                   Float8E5M2FNUZ, Float4E2M1FN, Float6E2M3FN, Float6E3M2FN>;
TYPED_TEST_SUITE(EncodeTest, AllFormats);

TYPED_TEST(EncodeTest, GivesBackEveryCode) {
  for (uint32_t code = 0; code < 2 * TypeParam::kSignBit; ++code) {
    const float value = TypeParam::Decode(code);
    const uint32_t again = TypeParam::Encode(value);
    if (std::isnan(value))
      ASSERT_TRUE(std::isnan(TypeParam::Decode(again))) << code;
    else
      ASSERT_EQ(again, code);
  }
}

TYPED_TEST(EncodeTest, RoundsToTheNearestAndHalfwayToEven) {
  constexpr double kUp = std::numeric_limits<double>::infinity();
  for (uint32_t code = 0; code < TypeParam::kGreatest; ++code) {
    const double here = TypeParam::Decode(code);
    const double next = TypeParam::Decode(code + 1);
    const double middle = (here + next) / 2;
    ASSERT_EQ(TypeParam::Encode(middle), code + (code & 1)) << code;
    ASSERT_EQ(TypeParam::Encode(std::nextafter(middle, -kUp)), code);
    ASSERT_EQ(TypeParam::Encode(std::nextafter(middle, kUp)), code + 1);
    if (code == 0) continue;  // not every format has a negative zero
    ASSERT_EQ(TypeParam::Encode(-middle), TypeParam::kSignBit | (code + (code & 1)));
  }
}

TEST(SmallFloatTest, WhatIsTooGreatBecomesWhatTheFormatHas) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double great : {1e300, kInfinity}) {
    EXPECT_EQ(Float16::Encode(great), 0x7c00u);
    EXPECT_EQ(Float16::Encode(-great), 0xfc00u);
    EXPECT_EQ(BFloat16::Encode(great), 0x7f80u);
    EXPECT_EQ(Float8E5M2::Encode(great), 0x7cu);
    EXPECT_EQ(Float8E4M3FN::Encode(-great), 0xffu);
    EXPECT_EQ(Float8E4M3FNUZ::Encode(-great), 0x80u);
    EXPECT_EQ(Float8E5M2FNUZ::Encode(great), 0x80u);
    EXPECT_EQ(Float4E2M1FN::Encode(-great), 0xfu);
  }
  EXPECT_EQ(Float16::Encode(65519.9), 0x7bffu);  // below the middle of 65504 and the next power
  EXPECT_EQ(Float16::Encode(65520), 0x7c00u);
  EXPECT_EQ(Float8E4M3FN::Encode(464), 0x7eu);  // the middle goes to the even code, 448
  EXPECT_EQ(Float8E4M3FN::Encode(465), 0x7fu);
  EXPECT_EQ(Float8E4M3FNUZ::Encode(-0.0), 0u);  // there is no negative zero
  EXPECT_EQ(Float8E4M3FNUZ::Encode(-1e-30), 0u);
  EXPECT_EQ(Float8E4M3FN::Encode(-1e-30), 0x80u);
}

}  // namespace
}  // namespace cairn
