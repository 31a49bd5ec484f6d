#include "cairn/core/dtype.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace cairn {
namespace {

// TensorFlow's own table: code, bytes of an element in its files, unit of a byte swap.
struct TensorFlowType {
  const char* name;
  uint8_t code;
  uint8_t nbytes;
  uint8_t swap_nbytes;
};

class TensorFlowTypeTest : public testing::TestWithParam<TensorFlowType> {};

TEST_P(TensorFlowTypeTest, IsAsInItsFiles) {
  const auto dtype = DTypeFromCode(GetParam().code);
  ASSERT_TRUE(dtype.has_value());
  EXPECT_EQ(static_cast<uint8_t>(*dtype), GetParam().code);
  EXPECT_EQ(InfoOf(*dtype).tf_name, std::string("DT_") + GetParam().name);
  EXPECT_EQ(ElementNbytes(*dtype), GetParam().nbytes);
  EXPECT_EQ(InfoOf(*dtype).swap_nbytes, GetParam().swap_nbytes);
}

constexpr TensorFlowType kTensorFlowTypes[] = {
    {"FLOAT", 1, 4, 4},
    {"DOUBLE", 2, 8, 8},
    {"INT32", 3, 4, 4},
    {"UINT8", 4, 1, 1},
    {"INT16", 5, 2, 2},
    {"INT8", 6, 1, 1},
    {"STRING", 7, 0, 1},
    {"COMPLEX64", 8, 8, 4},
    {"INT64", 9, 8, 8},
    {"BOOL", 10, 1, 1},
    {"QINT8", 11, 1, 1},
    {"QUINT8", 12, 1, 1},
    {"QINT32", 13, 4, 4},
    {"BFLOAT16", 14, 2, 2},
    {"QINT16", 15, 2, 2},
    {"QUINT16", 16, 2, 2},
    {"UINT16", 17, 2, 2},
    {"COMPLEX128", 18, 16, 8},
    {"HALF", 19, 2, 2},
    {"RESOURCE", 20, 0, 1},
    {"VARIANT", 21, 0, 1},
    {"UINT32", 22, 4, 4},
    {"UINT64", 23, 8, 8},
    {"FLOAT8_E5M2", 24, 1, 1},
    {"FLOAT8_E4M3FN", 25, 1, 1},
    {"FLOAT8_E4M3FNUZ", 26, 1, 1},
    {"FLOAT8_E4M3B11FNUZ", 27, 1, 1},
    {"FLOAT8_E5M2FNUZ", 28, 1, 1},
    {"INT4", 29, 1, 1},
    {"UINT4", 30, 1, 1},
    {"INT2", 31, 1, 1},
    {"UINT2", 32, 1, 1},
    {"FLOAT4_E2M1FN", 33, 1, 1},
};
constexpr size_t kNumOthers = 3;  // that TensorFlow does not have
static_assert(std::size(kTensorFlowTypes) + 1 + kNumOthers == kDTypes.size());

INSTANTIATE_TEST_SUITE_P(, TensorFlowTypeTest, testing::ValuesIn(kTensorFlowTypes),
                         [](const auto& type) { return std::string(type.param.name); });

TEST(DTypeTest, OtherCodesNameNothing) {
  EXPECT_EQ(DTypeFromCode(0), std::nullopt);
  EXPECT_EQ(DTypeFromCode(34), std::nullopt);  // there is such a dtype; its number is nobody's
  EXPECT_FALSE(IsTensorFlowType(DType::kFloat8E8M0FNU));
  EXPECT_EQ(DTypeFromCode(37), std::nullopt);
  EXPECT_EQ(DTypeFromCode(101), std::nullopt);  // DT_FLOAT_REF is never stored
  EXPECT_EQ(DTypeFromCode(257), std::nullopt);
  EXPECT_EQ(DTypeFromCode(UINT64_MAX), std::nullopt);
}

TEST(DTypeTest, NamesAreUniqueAndFound) {
  std::set<std::string_view> names;
  std::set<std::string_view> safetensors;
  for (const DTypeInfo& info : kDTypes) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_TRUE(info.tf_name.empty() || names.insert(info.tf_name).second) << info.tf_name;
    EXPECT_TRUE(info.safetensors.empty() || safetensors.insert(info.safetensors).second);
    const bool is_type = info.dtype != DType::kInvalid;
    EXPECT_EQ(DTypeFromName(info.name), is_type ? std::optional(info.dtype) : std::nullopt);
  }
  EXPECT_EQ(DTypeFromName("Float32"), std::nullopt);
  EXPECT_EQ(DTypeFromName(""), std::nullopt);
}

TEST(DTypeTest, SizesAgreeWithEachOther) {
  for (const DTypeInfo& info : kDTypes) {
    EXPECT_EQ(info.bits == 0, info.nbytes == 0) << info.name;
    EXPECT_LE(info.bits, info.nbytes * 8) << info.name;
    EXPECT_TRUE(info.nbytes <= 1 || info.bits == info.nbytes * 8) << info.name;
    EXPECT_TRUE(info.nbytes == 0 || info.nbytes % info.swap_nbytes == 0) << info.name;
    if (info.numpy.empty()) continue;
    EXPECT_EQ(std::stoi(std::string(info.numpy.substr(2))), info.nbytes) << info.name;
    EXPECT_EQ(info.numpy[0], info.nbytes == 1 ? '|' : '<') << info.name;
  }
}

template <typename T>
void ExpectElement(std::string_view name) {
  EXPECT_EQ(Name(DTypeOf<T>()), name);
  EXPECT_EQ(ElementNbytes(DTypeOf<T>()), sizeof(T)) << name;
}

TEST(DTypeTest, TypesOfTheLanguageHaveTheirOwn) {
  ExpectElement<float>("float32");
  ExpectElement<double>("float64");
  ExpectElement<int8_t>("int8");
  ExpectElement<int16_t>("int16");
  ExpectElement<int32_t>("int32");
  ExpectElement<int64_t>("int64");
  ExpectElement<uint8_t>("uint8");
  ExpectElement<uint16_t>("uint16");
  ExpectElement<uint32_t>("uint32");
  ExpectElement<uint64_t>("uint64");
  ExpectElement<bool>("bool");
  ExpectElement<std::complex<float>>("complex64");
  ExpectElement<std::complex<double>>("complex128");
}

}  // namespace
}  // namespace cairn
