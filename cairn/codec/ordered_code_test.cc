#include "cairn/codec/ordered_code.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

using namespace std::string_view_literals;

std::string Signed(int64_t value) {
  std::string out;
  AppendOrderedSigned(out, value);
  return out;
}

// The bytes are those that TensorFlow writes.
TEST(OrderedCodeTest, SignedNumbers) {
  const std::pair<int64_t, std::string_view> rows[] = {
      {0, "\x80"sv},
      {1, "\x81"sv},
      {-1, "\x7f"sv},
      {63, "\xbf"sv},
      {64, "\xc0\x40"sv},
      {-64, "\x40"sv},
      {-65, "\x3f\xbf"sv},
      {8191, "\xdf\xff"sv},
      {8192, "\xe0\x20\x00"sv},
      {-8192, "\x20\x00"sv},
      {0x424242, "\xf0\x42\x42\x42"sv},
      {-0x800, "\x38\x00"sv},
      {int64_t{1} << 31, "\xf8\x80\x00\x00\x00"sv},
      {int64_t{1} << 62, "\xff\xc0\x40\x00\x00\x00\x00\x00\x00\x00"sv},
      {INT64_MAX, "\xff\xc0\x7f\xff\xff\xff\xff\xff\xff\xff"sv},
      {INT64_MIN, "\x00\x3f\x80\x00\x00\x00\x00\x00\x00\x00"sv},
  };
  for (const auto& [value, bytes] : rows) {
    EXPECT_EQ(Signed(value), bytes) << value;
    OrderedCodeReader reader(bytes);
    EXPECT_EQ(reader.ReadSigned(), value);
    EXPECT_TRUE(reader.done());
    EXPECT_EQ(OrderedCodeReader(bytes.substr(0, bytes.size() - 1)).ReadSigned(), std::nullopt)
        << value;
  }
}

TEST(OrderedCodeTest, SignedNumbersComeBackAndSort) {
  std::string last;
  for (int shift = 62; shift >= 0; --shift) {
    for (const int64_t value : {-(int64_t{1} << shift) - 1, -(int64_t{1} << shift)}) {
      EXPECT_EQ(OrderedCodeReader(Signed(value)).ReadSigned(), value);
      EXPECT_LE(last, Signed(value)) << value;
      last = Signed(value);
    }
  }
  for (int shift = 0; shift < 63; ++shift) {
    for (const int64_t value : {(int64_t{1} << shift) - 1, int64_t{1} << shift}) {
      EXPECT_EQ(OrderedCodeReader(Signed(value)).ReadSigned(), value);
      EXPECT_LE(last, Signed(value)) << value;
      last = Signed(value);
    }
  }
}

TEST(OrderedCodeTest, NumbersAndStrings) {
  std::string out;
  AppendOrderedNumber(out, 0);
  AppendOrderedString(out, "a\0b\xff"sv);
  AppendOrderedNumber(out, 0x1234);
  EXPECT_EQ(out,
            "\0a\0\xff"
            "b\xff\0\0\x01\x02\x12\x34"sv);
  OrderedCodeReader reader(out);
  EXPECT_EQ(reader.ReadNumber(), 0u);
  EXPECT_EQ(reader.ReadString(), "a\0b\xff"sv);
  EXPECT_EQ(reader.ReadNumber(), 0x1234u);
  EXPECT_TRUE(reader.done());
}

// C4: what no writer makes.
TEST(OrderedCodeTest, DamagedCodes) {
  for (std::string_view bytes : {""sv, "\x09"sv, "\x02\x01"sv, "\x01\x00"sv, "\xff"sv})
    EXPECT_EQ(OrderedCodeReader(bytes).ReadNumber(), std::nullopt);
  for (std::string_view bytes : {""sv, "a"sv, "a\0"sv, "a\0\x02"sv, "a\xff\x01\0\x01"sv, "\xff"sv})
    EXPECT_EQ(OrderedCodeReader(bytes).ReadString(), std::nullopt);
  for (std::string_view bytes :
       {""sv, "\xff"sv, "\x00"sv, "\xff\xff\x80\0\0\0\0\0\0\0"sv, "\xff\xe0\0\0\0\0\0\0\0\0\0"sv,
        "\xc0\x05"sv, "\x3f\xfa"sv, "\xff\xc1\0\0\0\0\0\0\0\0"sv, "\xff\xc0\x80\0\0\0\0\0\0\0"sv}) {
    EXPECT_EQ(OrderedCodeReader(bytes).ReadSigned(), std::nullopt);
  }
}

}  // namespace
}  // namespace cairn
