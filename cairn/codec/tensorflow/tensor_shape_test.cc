#include "cairn/codec/tensorflow/tensor_shape.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cairn/testing/row_name.h"

#include "cairn/core/shape.h"

namespace cairn::tensorflow {
namespace {

using Dims = std::vector<int64_t>;

Result<Dims> Parse(std::string_view message) {
  Dims dims;
  CAIRN_RETURN_IF_ERROR(ParseTensorShape(AsBytes(message), dims));
  return dims;
}

struct Example {
  std::string message;
  Dims dims;
};

TEST(TensorShapeTest, IsAsTensorFlowWritesIt) {
  for (const auto& [message, dims] :
       {Example{"", {}}, Example{"\x12\x02\x08\x03", {3}},
        Example{std::string("\x12\0", 2), {0}},  // a dimension of 0 is an empty message
        Example{std::string("\x12\x03\x08\xac\x02\x12\0\x12\x02\x08\x01", 11), {300, 0, 1}}}) {
    EXPECT_EQ(EncodeTensorShape(dims), message);
    EXPECT_EQ(*Parse(message), dims);
  }
}

TEST(TensorShapeTest, DimensionsAreGivenAsTheyAre) {
  EXPECT_EQ(*Parse("\x12\x0b\x08" + std::string(9, '\xff') + "\x01"), Dims{-1});
}

TEST(TensorShapeTest, NamesAndUnknownFieldsArePassedOver) {
  EXPECT_EQ(*Parse("\x12\x08\x12\x04rows\x08\x05"
                   "\x20\x07"),
            Dims{5});
  EXPECT_EQ(*Parse(std::string("\x18\0", 2)), Dims{});  // unknown_rank = false
}

TEST(TensorShapeTest, DimensionsAreAppended) {
  Dims dims = {7};
  ASSERT_TRUE(ParseTensorShape(AsBytes("\x12\x02\x08\x03"), dims).ok());
  EXPECT_EQ(dims, (Dims{7, 3}));
}

TEST(TensorShapeTest, TheHighestRankIsRead) {
  const Dims dims(kMaxRank, 1);
  EXPECT_EQ(*Parse(EncodeTensorShape(dims)), dims);
}

struct Damage {
  const char* what;
  std::string message;
  Reason reason;
};

class DamagedShapeTest : public testing::TestWithParam<Damage> {};

TEST_P(DamagedShapeTest, IsRefused) {
  const Status status = Parse(GetParam().message).status();
  EXPECT_EQ(ReasonWord(status.reason()), ReasonWord(GetParam().reason))
      << GetParam().what << ": " << status.message();
}

INSTANTIATE_TEST_SUITE_P(
    , DamagedShapeTest,
    testing::Values(
        Damage{"B6 unknown rank", "\x18\x01", Reason::kShape},
        Damage{"B6 255 dimensions", EncodeTensorShape(Dims(255, 1)), Reason::kShape},
        Damage{"cut in a dimension", "\x12\x02\x08", Reason::kProto},
        Damage{"a size that never ends", "\x12\x0b\x08" + std::string(10, '\xff'), Reason::kProto},
        Damage{"a dimension past the end", "\x12\x7f\x08\x01", Reason::kProto},
        Damage{"a dimension that is a number", "\x10\x03", Reason::kProto},
        Damage{"a size that is a message", std::string("\x12\x02\x0a\0", 4), Reason::kProto},
        Damage{"unknown_rank that is a message", std::string("\x1a\0", 2), Reason::kProto},
        Damage{"field number 0", std::string("\0\x01", 2), Reason::kProto},
        Damage{"a group", "\x13\x14", Reason::kProto}),
    [](const auto& row) { return RowName(row.param.what); });

RC_GTEST_PROP(ShapeProperty, ComesBack, (const std::vector<int64_t>& dims)) {
  std::vector<int64_t> back;
  RC_ASSERT(ParseTensorShape(AsBytes(EncodeTensorShape(dims)), back).ok());
  RC_ASSERT(back == dims);
}

}  // namespace
}  // namespace cairn::tensorflow
