#include "cairn/core/byte_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace cairn {
namespace {

TEST(ByteReaderTest, ReadsFixedNumbersLittleEndian) {
  ByteReader reader(AsBytes("\x01\x02\x03\x04\x05\x06\x07"));
  EXPECT_EQ(reader.ReadFixed<uint8_t>(), 0x01);
  EXPECT_EQ(reader.ReadFixed<uint16_t>(), 0x0302);
  EXPECT_EQ(reader.position(), 3u);
  EXPECT_EQ(reader.ReadFixed<uint32_t>(), 0x07060504u);
  EXPECT_TRUE(reader.done());
}

TEST(ByteReaderTest, WhatIsNotThereLeavesThePositionAlone) {
  ByteReader reader(AsBytes("abc"));
  EXPECT_EQ(reader.ReadFixed<uint32_t>(), std::nullopt);
  EXPECT_EQ(reader.ReadBytes(4), std::nullopt);
  EXPECT_EQ(reader.ReadBytes(UINT64_MAX), std::nullopt);
  EXPECT_EQ(reader.position(), 0u);
  EXPECT_EQ(reader.remaining(), 3u);
  EXPECT_EQ(AsText(*reader.ReadBytes(3)), "abc");
  EXPECT_EQ(reader.ReadFixed<uint8_t>(), std::nullopt);
  EXPECT_EQ(AsText(*reader.ReadBytes(0)), "");
}

struct VarintCase {
  const char* what;
  std::string bytes;
  std::optional<uint64_t> as64;
  std::optional<uint64_t> as32;
};
void PrintTo(const VarintCase& varint, std::ostream* out) { *out << varint.what; }

class VarintTest : public testing::TestWithParam<VarintCase> {};

// Bytes that follow change nothing.
TEST_P(VarintTest, IsReadOrRefused) {
  for (const std::string& tail : {std::string(), std::string("\x01\x02")}) {
    const VarintCase& c = GetParam();
    if (!c.as64 && !tail.empty()) continue;
    const std::string bytes = c.bytes + tail;
    ByteReader as64(AsBytes(bytes));
    EXPECT_EQ(as64.ReadVarint64(), c.as64);
    EXPECT_EQ(as64.position(), c.as64 ? c.bytes.size() : 0);
    ByteReader as32(AsBytes(bytes));
    EXPECT_EQ(as32.ReadVarint32(), c.as32);
    EXPECT_EQ(as32.position(), c.as32 ? c.bytes.size() : 0);
  }
}

constexpr auto kNone = std::nullopt;
INSTANTIATE_TEST_SUITE_P(
    , VarintTest,
    testing::Values(
        VarintCase{"zero", std::string(1, '\0'), 0, 0}, VarintCase{"one byte", "\x7f", 127, 127},
        VarintCase{"two bytes", "\x80\x01", 128, 128},
        VarintCase{"zero in two bytes", std::string("\x80\0", 2), 0, 0},
        VarintCase{"2^32 - 1", "\xff\xff\xff\xff\x0f", UINT32_MAX, UINT32_MAX},
        VarintCase{"2^32", "\x80\x80\x80\x80\x10", uint64_t{1} << 32, kNone},
        VarintCase{"one in six bytes", std::string("\x81\x80\x80\x80\x80\0", 6), 1, kNone},
        VarintCase{"2^64 - 1", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", UINT64_MAX, kNone},
        VarintCase{"2^64", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02", kNone, kNone},
        VarintCase{"zero in ten bytes", std::string("\x80\x80\x80\x80\x80\x80\x80\x80\x80\0", 10),
                   0, kNone},
        VarintCase{"eleven bytes", std::string("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x81\0", 11),
                   kNone, kNone},
        VarintCase{"nothing", "", kNone, kNone}, VarintCase{"cut", "\xff", kNone, kNone},
        VarintCase{"cut after nine", "\xff\xff\xff\xff\xff\xff\xff\xff\xff", kNone, kNone}));

std::string EncodeVarint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(0x80 | (value & 0x7f));
  return bytes + static_cast<char>(value);
}

RC_GTEST_PROP(VarintProperty, IsReadBack, (uint64_t value)) {
  value >>= *rc::gen::inRange(0, 64);
  const std::string bytes = EncodeVarint(value);
  RC_ASSERT(ByteReader(AsBytes(bytes)).ReadVarint64() == value);
  const auto as32 = ByteReader(AsBytes(bytes)).ReadVarint32();
  RC_ASSERT(as32.has_value() == (value <= UINT32_MAX));
  for (size_t cut = 0; cut < bytes.size(); ++cut)
    RC_ASSERT(!ByteReader(AsBytes(bytes).first(cut)).ReadVarint64());
}

RC_GTEST_PROP(ByteReaderProperty, NeverLeavesTheBytes, (const std::vector<uint8_t>& data)) {
  ByteReader reader(std::as_bytes(std::span(data)));
  while (!reader.done()) {
    const size_t before = reader.position();
    if (!reader.ReadVarint64() && !reader.ReadFixed<uint32_t>()) (void)reader.ReadBytes(1);
    RC_ASSERT(reader.position() > before);
    RC_ASSERT(reader.position() + reader.remaining() == data.size());
  }
}

}  // namespace
}  // namespace cairn
