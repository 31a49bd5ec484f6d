#include "cairn/formats/safetensors/packed_elements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/testing/values.h"

namespace cairn::safetensors {
namespace {

using ::testing::HasSubstr;

std::vector<std::byte> BytesOf(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

struct Row {
  const char* name;
  DType dtype;
  std::vector<std::byte> packed;
  std::vector<std::byte> elements;
};

const Row kRows[] = {
    {"F4", DType::kFloat4E2M1FN, BytesOf({0x21, 0xf3, 0x8c}), BytesOf({1, 2, 3, 15, 12, 8})},
    {"F6_E2M3", DType::kFloat6E2M3FN, BytesOf({0x41, 0x20, 0xfc}), BytesOf({1, 1, 2, 63})},
    {"F6_E3M2", DType::kFloat6E3M2FN, BytesOf({0x3f, 0x00, 0x04, 0x80, 0x07, 0x00}),
     BytesOf({63, 0, 0, 1, 0, 30, 0, 0})},
};

class PackedElementsTest : public testing::TestWithParam<Row> {
 protected:
  std::shared_ptr<const TensorSource> Unpacked() const {
    const auto stored = SourceOfBytes(DType::kUInt8, {Count(GetParam().packed)}, GetParam().packed);
    return *UnpackElements(GetParam().dtype, *Shape::Make({Count(GetParam().elements)}),
                           *stored->extent());
  }
  std::shared_ptr<const TensorSource> Elements() const {
    return SourceOfBytes(GetParam().dtype, {Count(GetParam().elements)}, GetParam().elements);
  }
  static int64_t Count(Bytes bytes) { return static_cast<int64_t>(bytes.size()); }
};

TEST_P(PackedElementsTest, AreOneAByteInMemory) {
  const auto source = Unpacked();
  EXPECT_EQ(source->dtype(), GetParam().dtype);
  EXPECT_FALSE(source->extent().has_value());
  for (const size_t piece : {1, 2, 3, 5, 100})
    EXPECT_EQ(*ReadStream(*source, piece), GetParam().elements) << piece;
}

TEST_P(PackedElementsTest, ArePackedAgain) {
  const auto packed = *PackElements(Elements());
  EXPECT_EQ(packed->dtype(), DType::kUInt8);
  for (const size_t piece : {1, 2, 3, 5, 100})
    EXPECT_EQ(*ReadStream(*packed, piece), GetParam().packed) << piece;
}

TEST_P(PackedElementsTest, PartsOfThemCanBeRead) {
  const auto source = Unpacked();
  ASSERT_TRUE(source->has_random_access());
  const std::vector<std::byte>& elements = GetParam().elements;
  for (size_t begin = 0; begin < elements.size(); ++begin) {
    std::vector<std::byte> part(elements.size() - begin);
    ASSERT_TRUE(source->ReadAt(begin, part).ok());
    EXPECT_TRUE(std::ranges::equal(part, Bytes(elements).subspan(begin))) << begin;
  }
}

// It would be lost.
TEST_P(PackedElementsTest, WhatHasMoreBitsIsRefused) {
  std::vector<std::byte> elements = GetParam().elements;
  elements[1] = std::byte{64};
  const auto packed = *PackElements(SourceOfBytes(GetParam().dtype, {Count(elements)}, elements));
  const Status status = ReadStream(*packed).status();
  EXPECT_EQ(status.reason(), Reason::kUnsupported);
  EXPECT_THAT(std::string(status.message()), HasSubstr("an element is 64, its dtype has"));
}

TEST_P(PackedElementsTest, DamageIsTold) {
  const auto stored =
      DamagedSourceOfBytes(DType::kUInt8, {Count(GetParam().packed)}, GetParam().packed);
  const auto source = *UnpackElements(GetParam().dtype, *Shape::Make({Count(GetParam().elements)}),
                                      *stored->extent());
  EXPECT_EQ(ReadStream(*source).status().reason(), Reason::kCrc);
  const auto damaged =
      DamagedSourceOfBytes(GetParam().dtype, {Count(GetParam().elements)}, GetParam().elements);
  EXPECT_EQ(ReadStream(**PackElements(damaged)).status().reason(), Reason::kCrc);
}

INSTANTIATE_TEST_SUITE_P(, PackedElementsTest, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(StoredNbytesTest, BytesMustBeFull) {
  EXPECT_EQ(*StoredNbytes(DType::kFloat32, 3), 12u);
  EXPECT_EQ(*StoredNbytes(DType::kFloat8E8M0FNU, 3), 3u);
  EXPECT_EQ(*StoredNbytes(DType::kFloat4E2M1FN, 0), 0u);
  EXPECT_EQ(*StoredNbytes(DType::kFloat4E2M1FN, 6), 3u);
  EXPECT_EQ(*StoredNbytes(DType::kFloat6E2M3FN, 12), 9u);
  EXPECT_EQ(*StoredNbytes(DType::kFloat4E2M1FN, uint64_t{INT64_MAX} - 1), INT64_MAX / 2);
  EXPECT_EQ(StoredNbytes(DType::kFloat4E2M1FN, 3).status().reason(), Reason::kSize);
  EXPECT_EQ(StoredNbytes(DType::kFloat6E3M2FN, 2).status().reason(), Reason::kSize);
  EXPECT_EQ(StoredNbytes(DType::kFloat4E2M1FN, UINT64_MAX).status().reason(), Reason::kOverflow);
}

}  // namespace
}  // namespace cairn::safetensors
