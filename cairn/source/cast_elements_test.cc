#include "cairn/source/cast_elements.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>

#include "cairn/core/small_float.h"
#include "cairn/source/element_kernels.h"

namespace cairn {
namespace {

template <typename T>
std::vector<std::byte> BytesOfAll(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

template <typename To, typename From>
Result<std::vector<To>> Cast(DType from, DType to, const std::vector<From>& values,
                             CastCounts& counts) {
  const std::vector<std::byte> elements = BytesOfAll(values);
  std::vector<To> out(values.size());
  CAIRN_RETURN_IF_ERROR(
      CastElements(from, to, elements, reinterpret_cast<std::byte*>(out.data()), counts));
  return out;
}

// Floats at and beside everything that rounds in a way of its own, and a sample of all others.
std::vector<float> SampleFloats() {
  std::vector<float> sample;
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += 65'521)
    sample.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
  for (uint32_t upper = 0; upper < 0x10000; ++upper) {
    for (const uint32_t lower :
         {0u, 1u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu, 0xfffu, 0x1000u, 0x1001u})
      sample.push_back(std::bit_cast<float>(upper << 16 | lower));
  }
  return sample;
}

template <typename Small>
void ExpectNarrowsRight(void (*narrow)(const float*, uint16_t*, size_t, CastCounts&),
                        std::string_view target) {
  const std::vector<float> values = SampleFloats();
  std::vector<uint16_t> codes(values.size());
  CastCounts counts;
  narrow(values.data(), codes.data(), values.size(), counts);
  CastCounts expected;
  for (size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(codes[i], Small::Encode(values[i])) << values[i] << " by " << target;
    const float became = Small::Decode(codes[i]);
    if (std::isfinite(values[i]) && std::isinf(became)) ++expected.num_overflowed;
    if (values[i] != 0 && became == 0) ++expected.num_zeroed;
  }
  EXPECT_EQ(counts, expected) << target;
}

TEST(ElementKernelsTest, RoundAsTheDefinitionDoes) {
  for (const auto& named : AllKernels<ElementKernels>()) {
    ExpectNarrowsRight<BFloat16>(named.kernels->float32_to_bfloat16, named.target);
    ExpectNarrowsRight<Float16>(named.kernels->float32_to_float16, named.target);
  }
}

TEST(ElementKernelsTest, WidenEveryCode) {
  std::vector<uint16_t> codes(0x10000);
  for (size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<uint16_t>(i);
  std::vector<float> values(codes.size());
  for (const auto& [target, kernels] : AllKernels<ElementKernels>()) {
    kernels->float16_to_float32(codes.data(), values.data(), codes.size());
    for (const uint16_t code : codes)
      ASSERT_EQ(std::bit_cast<uint32_t>(values[code]),
                std::bit_cast<uint32_t>(Float16::Decode(code)))
          << code << " by " << target;
    kernels->bfloat16_to_float32(codes.data(), values.data(), codes.size());
    for (const uint16_t code : codes)
      ASSERT_EQ(std::bit_cast<uint32_t>(values[code]), uint32_t{code} << 16) << target;
  }
}

TEST(ElementKernelsTest, TakeAnyNumberOfElements) {
  for (const auto& [target, kernels] : AllKernels<ElementKernels>()) {
    for (size_t count = 0; count < 70; ++count) {
      const std::vector<float> values(count, 1.5f);
      std::vector<uint16_t> codes(count + 1, 7);
      CastCounts counts;
      kernels->float32_to_float16(values.data(), codes.data(), count, counts);
      for (size_t i = 0; i < count; ++i) ASSERT_EQ(codes[i], 0x3e00);
      EXPECT_EQ(codes[count], 7) << "not written past the end by " << target;
      EXPECT_EQ(counts, CastCounts());
    }
  }
}

TEST(ElementKernelsTest, SumInFloat64AsTheDefinitionDoes) {
  for (const auto& [target, kernels] : AllKernels<ElementKernels>()) {
    for (const size_t count : {0, 1, 7, 8, 100}) {
      std::vector<float> values(count);
      std::vector<double> sums(count, 0.1), expected(count, 0.1);
      for (size_t i = 0; i < count; ++i) {
        values[i] = static_cast<float>(i) / 3 - 5;
        const double product = 0.3 * static_cast<double>(values[i]);
        expected[i] += product;
      }
      kernels->add_scaled(values.data(), 0.3, sums.data(), count);
      EXPECT_EQ(sums, expected) << target;
      kernels->divide(sums.data(), 7, values.data(), count);
      for (size_t i = 0; i < count; ++i)
        ASSERT_EQ(values[i], static_cast<float>(expected[i] / 7)) << target;
    }
  }
}

// Every value of the narrow dtypes survives the way to a wider one and back.
TEST(CastElementsTest, WideningLosesNothing) {
  constexpr DType kNarrow[] = {DType::kFloat16,      DType::kBFloat16,          DType::kFloat8E5M2,
                               DType::kFloat8E4M3FN, DType::kFloat8E4M3FNUZ,    DType::kInt16,
                               DType::kUInt16,       DType::kFloat8E4M3B11FNUZ, DType::kInt8,
                               DType::kUInt8,        DType::kFloat8E5M2FNUZ};
  for (const DType narrow : kNarrow) {
    for (const DType wide : {DType::kFloat32, DType::kFloat64}) {
      const size_t nbytes = ElementNbytes(narrow);
      std::vector<std::byte> codes((nbytes == 1 ? 0x100 : 0x10000) * nbytes);
      const size_t count = codes.size() / nbytes;
      for (size_t i = 0; i < count; ++i) {
        codes[i * nbytes] = std::byte(i & 0xff);
        if (nbytes == 2) codes[i * 2 + 1] = std::byte(i >> 8);
      }
      CastCounts counts;
      std::vector<std::byte> widened(count * ElementNbytes(wide));
      ASSERT_TRUE(CastElements(narrow, wide, codes, widened.data(), counts).ok());
      std::vector<std::byte> back(codes.size());
      ASSERT_TRUE(CastElements(wide, narrow, widened, back.data(), counts).ok());
      std::vector<double> before(count), after(count);
      ASSERT_TRUE(CastElements(narrow, DType::kFloat64, codes,
                               reinterpret_cast<std::byte*>(before.data()), counts)
                      .ok());
      ASSERT_TRUE(CastElements(narrow, DType::kFloat64, back,
                               reinterpret_cast<std::byte*>(after.data()), counts)
                      .ok());
      for (size_t i = 0; i < count; ++i) {
        if (std::isnan(before[i])) {
          ASSERT_TRUE(std::isnan(after[i])) << Name(narrow) << " " << i;
        } else {
          ASSERT_EQ(std::bit_cast<uint64_t>(before[i]), std::bit_cast<uint64_t>(after[i]));
        }
      }
      EXPECT_EQ(counts, CastCounts()) << Name(narrow);
    }
  }
}

TEST(CastElementsTest, RoundsOnce) {
  CastCounts counts;
  // By way of float32, both would lie halfway between two values, and be rounded down.
  const double above_half = 1 + std::ldexp(1.0, -8) + std::ldexp(1.0, -40);
  EXPECT_EQ((*Cast<uint16_t, double>(DType::kFloat64, DType::kBFloat16, {above_half}, counts))[0],
            0x3f81);
  const int64_t above_half_integer = (int64_t{1} << 62) + (int64_t{1} << 54) + 1;
  EXPECT_EQ(
      (*Cast<uint16_t, int64_t>(DType::kInt64, DType::kBFloat16, {above_half_integer}, counts))[0],
      0x5e81);
  EXPECT_EQ((*Cast<float, int64_t>(DType::kInt64, DType::kFloat32,
                                   {(int64_t{1} << 54) + (int64_t{1} << 30) + 1}, counts))[0],
            std::ldexp(1.0f, 54) + std::ldexp(1.0f, 31));
  EXPECT_EQ(counts, CastCounts());
}

TEST(CastElementsTest, CountsWhatIsLost) {
  CastCounts counts;
  const std::vector<float> values = {1e9f, -1e9f, 1e-9f, 0, -0.0f, INFINITY, NAN, 2.5f};
  ASSERT_TRUE((Cast<uint16_t, float>(DType::kFloat32, DType::kFloat16, values, counts)).ok());
  EXPECT_EQ(counts, (CastCounts{2, 1, 0}));
  counts = {};
  ASSERT_TRUE((Cast<uint8_t, float>(DType::kFloat32, DType::kFloat8E4M3FN, values, counts)).ok());
  EXPECT_EQ(counts, (CastCounts{2, 1, 0}));
  counts = {};
  ASSERT_TRUE(
      (Cast<uint8_t, float>(DType::kFloat32, DType::kFloat4E2M1FN, {8, 7, 6, 5.5f, 0.1f}, counts))
          .ok());
  EXPECT_EQ(counts, (CastCounts{1, 1, 0})) << "7 lies as near to the greatest value, 6, as 8 would";
  counts = {};
  const auto integers = Cast<int32_t, double>(
      DType::kFloat64, DType::kInt32, {2.9, -2.9, -0.0, -2147483648.0, 2147483647.0}, counts);
  ASSERT_TRUE(integers.ok());
  EXPECT_EQ(*integers, (std::vector<int32_t>{2, -2, 0, INT32_MIN, INT32_MAX}));
  EXPECT_EQ(counts, (CastCounts{0, 0, 2}));
}

TEST(CastElementsTest, RefusesWhatIsNoValueOfAnInteger) {
  CastCounts counts;
  const auto reason = [&](DType to, double value) {
    return Cast<uint64_t, double>(DType::kFloat64, to, {1, value}, counts).status().reason();
  };
  EXPECT_EQ(reason(DType::kInt32, 2147483648.0), Reason::kMismatch);
  EXPECT_EQ(reason(DType::kInt32, -2147483649.0), Reason::kMismatch);
  EXPECT_EQ(reason(DType::kUInt8, -1), Reason::kMismatch);
  EXPECT_EQ(reason(DType::kInt64, NAN), Reason::kMismatch);
  EXPECT_EQ(reason(DType::kUInt64, INFINITY), Reason::kMismatch);
  EXPECT_EQ(reason(DType::kInt64, 9223372036854775808.0), Reason::kMismatch);
  EXPECT_EQ(reason(DType::kInt4, 8), Reason::kMismatch);
  EXPECT_EQ(Cast<uint8_t>(DType::kInt64, DType::kUInt8, std::vector<int64_t>{255, 256}, counts)
                .status()
                .text(),
            "element 1 is 256, which is not a value of uint8");
}

TEST(CastElementsTest, KeepsIntegersAndBoolsExactly) {
  CastCounts counts;
  const std::vector<int64_t> values = {INT64_MIN, -1, 0, 1, INT64_MAX};
  EXPECT_EQ(*Cast<int64_t>(DType::kInt64, DType::kInt64, values, counts), values);
  EXPECT_EQ(*Cast<uint64_t>(DType::kInt64, DType::kUInt64, std::vector<int64_t>{INT64_MAX}, counts),
            std::vector<uint64_t>{INT64_MAX});
  EXPECT_EQ(*Cast<uint8_t>(DType::kInt64, DType::kInt4, std::vector<int64_t>{-8, 7}, counts),
            (std::vector<uint8_t>{8, 7}));
  EXPECT_EQ(*Cast<uint8_t>(DType::kFloat32, DType::kBool, std::vector<float>{0, -0.0f, 1e-40f, NAN},
                           counts),
            (std::vector<uint8_t>{0, 0, 1, 1}));
  EXPECT_EQ(*Cast<float>(DType::kBool, DType::kFloat32, std::vector<uint8_t>{0, 1}, counts),
            (std::vector<float>{0, 1}));
  EXPECT_EQ(counts, CastCounts());
}

TEST(CastElementsTest, CastsThePartsOfComplexNumbers) {
  CastCounts counts;
  EXPECT_EQ(*Cast<std::complex<float>>(DType::kComplex128, DType::kComplex64,
                                       std::vector<std::complex<double>>{{1.5, 1e300}}, counts),
            (std::vector<std::complex<float>>{{1.5, INFINITY}}));
  EXPECT_EQ(counts.num_overflowed, 1u);
}

TEST(CanCastTest, RealToRealAndComplexToComplex) {
  EXPECT_TRUE(CanCast(DType::kFloat64, DType::kUInt2));
  EXPECT_TRUE(CanCast(DType::kFloat8E8M0FNU, DType::kFloat32));
  EXPECT_FALSE(CanCast(DType::kFloat32, DType::kFloat8E8M0FNU));
  EXPECT_FALSE(CanCast(DType::kComplex64, DType::kFloat32));
  EXPECT_FALSE(CanCast(DType::kFloat32, DType::kComplex64));
  EXPECT_FALSE(CanCast(DType::kString, DType::kString));
}

}  // namespace
}  // namespace cairn
