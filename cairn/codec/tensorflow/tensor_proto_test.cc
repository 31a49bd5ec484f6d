#include "cairn/codec/tensorflow/tensor_proto.h"

#include <gtest/gtest.h>

#include "cairn/testing/row_name.h"

namespace cairn::tensorflow {
namespace {

using namespace std::string_literals;

template <typename T>
std::string Raw(std::vector<T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

Result<std::string> Decode(const std::string& message, DType dtype, uint64_t num_elements) {
  CAIRN_ASSIGN_OR_RETURN(const DecodedTensor decoded,
                         DecodeTensorProto(AsBytes(message), dtype, num_elements));
  return std::string(AsText(decoded.bytes));
}

struct Row {
  const char* what;
  DType dtype;
  uint64_t num_elements;
  std::string message;
  std::string value;
};

const std::string kMinusOne = std::string(9, '\xff') + "\x01";

TEST(TensorProtoTest, EveryListGivesItsValues) {
  const Row rows[] = {
      {"packed float", DType::kFloat32, 2, "\x2a\x08" + Raw<float>({1, -2}), Raw<float>({1, -2})},
      {"unpacked float", DType::kFloat32, 2, "\x2d" + Raw<float>({1}) + "\x2d" + Raw<float>({-2}),
       Raw<float>({1, -2})},
      {"two packed lists", DType::kFloat32, 2,
       "\x2a\x04" + Raw<float>({1}) + "\x2a\x04" + Raw<float>({-2}), Raw<float>({1, -2})},
      {"packed double", DType::kFloat64, 1, "\x32\x08" + Raw<double>({0.5}), Raw<double>({0.5})},
      {"int32", DType::kInt32, 3, "\x3a\x0d\x05" + kMinusOne + "\x80\x01"s,
       Raw<int32_t>({5, -1, 128})},
      {"int8", DType::kInt8, 2, "\x3a\x0b\x7f" + kMinusOne, Raw<int8_t>({127, -1})},
      {"uint8", DType::kUInt8, 2, "\x3a\x03\xff\x01\x07", "\xff\x07"},
      {"int16, unpacked", DType::kInt16, 2, "\x38\x05\x38\x06", Raw<int16_t>({5, 6})},
      {"uint16", DType::kUInt16, 1, "\x3a\x03\xff\xff\x03", "\xff\xff"},
      {"qint32", DType::kQInt32, 1, "\x3a\x01\x05", Raw<int32_t>({5})},
      {"int4", DType::kInt4, 2, "\x3a\x0b\x07" + kMinusOne, "\x07\xff"},
      {"complex64", DType::kComplex64, 1, "\x4a\x08" + Raw<float>({1, 2}), Raw<float>({1, 2})},
      {"complex128", DType::kComplex128, 1, "\x62\x10" + Raw<double>({1, 2}), Raw<double>({1, 2})},
      {"int64", DType::kInt64, 2, "\x52\x0b\x03" + kMinusOne, Raw<int64_t>({3, -1})},
      {"uint64", DType::kUInt64, 1, "\x8a\x01\x0a" + kMinusOne, Raw<uint64_t>({UINT64_MAX})},
      {"uint32", DType::kUInt32, 1, "\x82\x01\x05\xff\xff\xff\xff\x0f",
       Raw<uint32_t>({UINT32_MAX})},
      {"bool", DType::kBool, 3, "\x5a\x03\x01\0\x01"s, "\1\0\1"s},
      {"float16", DType::kFloat16, 2, "\x6a\x04\x80\x78\x80\x07", Raw<uint16_t>({0x3c00, 0x0380})},
      {"bfloat16", DType::kBFloat16, 1, "\x6a\x03\x80\xff\x02", Raw<uint16_t>({0xbf80})},
      {"float8", DType::kFloat8E5M2, 2, "\x92\x01\x02xy", "xy"},
      {"content", DType::kInt16, 2, "\x22\x04" + Raw<int16_t>({-5, 6}), Raw<int16_t>({-5, 6})},
      {"one value for all", DType::kInt32, 3, "\x3a\x01\x05", Raw<int32_t>({5, 5, 5})},
      {"two values for four", DType::kFloat32, 4, "\x2a\x08" + Raw<float>({1, 2}),
       Raw<float>({1, 2, 2, 2})},
      {"one complex number for all", DType::kComplex64, 2, "\x4a\x08" + Raw<float>({1, 2}),
       Raw<float>({1, 2, 1, 2})},
      {"no values", DType::kFloat64, 2, "", std::string(16, '\0')},
      {"no elements", DType::kFloat64, 0, "", ""},
      {"dtype, shape and unknown fields", DType::kBool, 1, "\x08\x0a\x12\0\xa2\x06\x01x\x58\x01"s,
       "\1"},
  };
  for (const Row& row : rows) {
    const auto value = Decode(row.message, row.dtype, row.num_elements);
    ASSERT_TRUE(value.ok()) << row.what << ": " << value.status().message();
    EXPECT_EQ(*value, row.value) << row.what;
  }
}

TEST(TensorProtoTest, ValuesThatLieAsInMemoryAreNotCopied) {
  const std::string message = "\x2a\x08" + Raw<float>({1, -2});
  const auto decoded = DecodeTensorProto(AsBytes(message), DType::kFloat32, 2);
  EXPECT_EQ(decoded->bytes.data(), AsBytes(message).data() + 2);
  EXPECT_EQ(decoded->memory, nullptr);
}

TEST(TensorProtoTest, Strings) {
  const std::string message =
      "\x42\x01"
      "a"
      "\x42\x00"
      "\x42\x03x\0y"s;
  const auto strings = DecodeStringTensorProto(AsBytes(message), 3);
  ASSERT_TRUE(strings.ok()) << strings.status().message();
  EXPECT_EQ((*strings)[0], "a");
  EXPECT_EQ((*strings)[1], "");
  EXPECT_EQ((*strings)[2], "x\0y"s);
  EXPECT_EQ((*DecodeStringTensorProto(AsBytes("\x42\x01"
                                              "a"),
                                      3))[2],
            "a");
  EXPECT_EQ(DecodeStringTensorProto(AsBytes(""), 2)->size(), 2u);
}

struct Damage {
  const char* what;
  DType dtype;
  uint64_t num_elements;
  std::string message;
  Reason reason;
};

class DamagedTensorProtoTest : public testing::TestWithParam<Damage> {};

TEST_P(DamagedTensorProtoTest, IsRefused) {
  const Damage& damage = GetParam();
  const Status status =
      damage.dtype == DType::kString
          ? DecodeStringTensorProto(AsBytes(damage.message), damage.num_elements).status()
          : Decode(damage.message, damage.dtype, damage.num_elements).status();
  EXPECT_EQ(ReasonWord(status.reason()), ReasonWord(damage.reason)) << status.message();
}

INSTANTIATE_TEST_SUITE_P(
    , DamagedTensorProtoTest,
    testing::Values(
        Damage{"C2 content a byte short", DType::kInt16, 2,
               "\x22\x03"
               "abc",
               Reason::kSize},
        Damage{"C2 content a byte long", DType::kInt16, 2,
               "\x22\x05"
               "abcde",
               Reason::kSize},
        Damage{"C2 content and a list", DType::kFloat32, 1,
               "\x22\x04"
               "abcd\x2a\x04"
               "abcd",
               Reason::kSize},
        Damage{"C2 more values than elements", DType::kFloat32, 1,
               "\x2a\x08"
               "abcdefgh",
               Reason::kSize},
        Damage{"C2 more varints than elements", DType::kInt32, 1, "\x3a\x02\x01\x02",
               Reason::kSize},
        Damage{"C2 half a complex number", DType::kComplex64, 2,
               "\x4a\x04"
               "abcd",
               Reason::kSize},
        Damage{"C3 one value for a terabyte", DType::kFloat32, uint64_t{1} << 40,
               "\x2a\x04"
               "abcd",
               Reason::kLimit},
        Damage{"C3 no value for a terabyte", DType::kInt8, uint64_t{1} << 40, "", Reason::kLimit},
        Damage{"C3 one string for a terabyte", DType::kString, uint64_t{1} << 40,
               "\x42\x01"
               "a",
               Reason::kLimit},
        Damage{"C3 one string for all there are", DType::kString, INT64_MAX,
               "\x42\x01"
               "a",
               Reason::kLimit},
        Damage{"C6 half_val out of 16 bits", DType::kFloat16, 1, "\x6a\x03\x80\x80\x04",
               Reason::kBounds},
        Damage{"an int8 of 128", DType::kInt8, 1, "\x3a\x02\x80\x01", Reason::kBounds},
        Damage{"a uint8 of -1", DType::kUInt8, 1, "\x3a\x0a" + kMinusOne, Reason::kBounds},
        Damage{"a bool of 2", DType::kBool, 1, "\x5a\x01\x02", Reason::kBounds},
        Damage{"a list that ends inside of a float", DType::kFloat32, 2,
               "\x2a\x07"
               "abcdefg",
               Reason::kProto},
        Damage{"a list that ends inside of a varint", DType::kInt32, 2, "\x3a\x02\x01\x80",
               Reason::kProto},
        Damage{"a varint of 11 bytes", DType::kInt64, 1, "\x50" + std::string(10, '\xff') + "\x01",
               Reason::kProto},
        Damage{"a list past the end", DType::kFloat32, 2,
               "\x2a\x7f"
               "abcd",
               Reason::kProto},
        Damage{"a float that is a varint", DType::kFloat32, 1, "\x28\x01", Reason::kProto},
        Damage{"content that is a varint", DType::kFloat32, 1, "\x20\x01", Reason::kProto},
        Damage{"more strings than elements", DType::kString, 1, "\x42\0\x42\0"s, Reason::kSize},
        Damage{"strings in tensor_content", DType::kString, 1,
               "\x22\x01"
               "a",
               Reason::kProto},
        Damage{"a string that is a varint", DType::kString, 1, "\x40\x01", Reason::kProto},
        Damage{"no fixed size", DType::kVariant, 1, "", Reason::kDType}),
    [](const auto& row) { return RowName(row.param.what); });

}  // namespace
}  // namespace cairn::tensorflow
