#include "cairn/codec/tensorflow/slice_key.h"

#include <gtest/gtest.h>

namespace cairn::tensorflow {
namespace {

using namespace std::string_view_literals;

constexpr Range kWhole{0, kWholeDimension};

struct Row {
  std::string_view key;
  std::string_view name;
  TensorSlice slice;
};

TEST(SliceKeyTest, AreThoseOfTensorFlow) {
  const Row rows[] = {
      {"\x00w\x00\x01\x01\x02\x80\x7f\x80\x7f"sv, "w", {kWhole, kWhole}},
      {"\x00w\x00\x01\x01\x02\x80\x85\x80\x7f"sv, "w", {{0, 5}, kWhole}},
      {"\x00w\x00\x01\x01\x02\x85\x85\x80\x7f"sv, "w", {{5, 5}, kWhole}},
      {"\x00"
       "emb/part\x00\x01\x01\x02\xc3\xe8\xc1\xf4\x80\xc0\x40"sv,
       "emb/part",
       {{1000, 500}, {0, 64}}},
      {"\x00mbias\x00\x01\x01\x01\x80\x7f"sv, "mbias", {kWhole}},
      {"\x00step\x00\x01\x00"sv, "step", {}},
      {"\x00\x00\x01\x01\x01\x80\x7f"sv, "", {kWhole}},
      {"\x00"
       "a\x00\xff"
       "b\xff\x00\x00\x01\x00"sv,
       "a\0b\xff"sv,
       {}},
  };
  for (const auto& [key, name, slice] : rows) {
    EXPECT_EQ(EncodeSliceKey(name, slice), key);
    const auto decoded = DecodeSliceKey(key);
    ASSERT_TRUE(decoded) << name;
    EXPECT_EQ(decoded->name, name);
    EXPECT_EQ(decoded->slice, slice);
    for (size_t size = 0; size < key.size(); ++size)
      EXPECT_FALSE(DecodeSliceKey(key.substr(0, size))) << name << " cut at " << size;
  }
}

TEST(SliceKeyTest, OtherKeysAreNone) {
  for (std::string_view key :
       {""sv, "w"sv, "\x00"sv, "\x00w\x00\x02"sv, "\x00w\xff\x01\x00\x01\x00"sv,
        "\x01\x05w\x00\x01\x00"sv, "\x00w\x00\x01\x00x"sv, "\x00w\x00\x01\x02\x01\x00\x80\x7f"sv}) {
    EXPECT_FALSE(DecodeSliceKey(key));
  }
}

TEST(TensorSliceTest, IsAsTensorFlowWritesIt) {
  const std::pair<std::string_view, TensorSlice> rows[] = {
      {""sv, {}},
      {"\x0a\x00"sv, {kWhole}},
      {"\x0a\x02\x10\x05\x0a\x00"sv, {{0, 5}, kWhole}},
      {"\x0a\x05\x08\xe8\x07\x10\x05"sv, {{1000, 5}}},
  };
  for (const auto& [message, slice] : rows) {
    EXPECT_EQ(EncodeTensorSlice(slice), message);
    EXPECT_EQ(*ParseTensorSlice(AsBytes(message)), slice);
  }
}

// B14
TEST(TensorSliceTest, DamagedOnesAreRefused) {
  const std::string minus_one = std::string(9, '\xff') + "\x01";
  const std::pair<std::string, Reason> rows[] = {
      {"\x0a\x0d\x08" + minus_one + "\x10\x05", Reason::kSlice},  // start -1
      {std::string("\x0a\x02\x10\0", 4), Reason::kSlice},         // length 0
      {"\x0a\x0b\x10" + minus_one, Reason::kSlice},               // length -1, given as a length
      {"\x0a\x02\x08\x03", Reason::kSlice},                       // a start alone
      {"\x0a\x02\x0a\0", Reason::kProto},
      {"\x08\x01", Reason::kProto},
      {"\x0a\x7f\x08", Reason::kProto},
  };
  for (const auto& [message, reason] : rows)
    EXPECT_EQ(ParseTensorSlice(AsBytes(message)).status().reason(), reason);
  std::string long_slice;
  for (int i = 0; i < 255; ++i) long_slice.append("\x0a\x00", 2);
  EXPECT_EQ(ParseTensorSlice(AsBytes(long_slice)).status().reason(), Reason::kSlice);
}

TEST(TensorSliceTest, LiesInATensorOrNot) {
  const std::vector<int64_t> dims = {4, 3};
  EXPECT_EQ(*ResolveSlice({{1, 2}, kWhole}, dims), (Box{{1, 2}, {0, 3}}));
  for (const TensorSlice& slice :
       {TensorSlice{{1, 4}, kWhole}, TensorSlice{kWhole}, TensorSlice{kWhole, kWhole, kWhole},
        TensorSlice{{-1, 1}, {0, 1}}}) {
    EXPECT_EQ(ResolveSlice(slice, dims).status().reason(), Reason::kSlice);
  }
}

}  // namespace
}  // namespace cairn::tensorflow
