#include "cairn/codec/sstable/table_format.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cairn/testing/row_name.h"

namespace cairn::sstable {
namespace {

TEST(TableFormatTest, AFooterComesBack) {
  std::string bytes;
  AppendFooter(bytes, {{7, 8}, {uint64_t{1} << 40, 300}});
  ASSERT_EQ(bytes.size(), kFooterNbytes);
  const Result<Footer> footer = ParseFooter(AsBytes(bytes));
  ASSERT_TRUE(footer.ok()) << footer.status().message();
  EXPECT_EQ(footer->metaindex.offset, 7u);
  EXPECT_EQ(footer->metaindex.nbytes, 8u);
  EXPECT_EQ(footer->index.offset, uint64_t{1} << 40);
  EXPECT_EQ(footer->index.nbytes, 300u);
}

TEST(TableFormatTest, TheFooterIsTensorFlows) {
  std::string bytes;
  AppendFooter(bytes, {{0x85, 8}, {0x92, 14}});
  const std::string expected =
      "\x85\x01\x08\x92\x01\x0e" + std::string(34, '\0') + "\x57\xfb\x80\x8b\x24\x75\x47\xdb";
  EXPECT_EQ(bytes, expected);
}

TEST(TableFormatTest, ThePaddingOfAFooterIsNotRead) {
  std::string bytes;
  AppendFooter(bytes, {{0, 8}, {13, 20}});
  bytes[20] = '\x7f';
  EXPECT_TRUE(ParseFooter(AsBytes(bytes)).ok());
}

struct BadFooter {
  const char* what;
  std::string handles;
  Reason reason;
  const char* mentions;
};

class BadFooterTest : public testing::TestWithParam<BadFooter> {};

TEST_P(BadFooterTest, IsRefused) {
  std::string bytes = GetParam().handles;
  bytes.resize(40);
  bytes += "\x57\xfb\x80\x8b\x24\x75\x47\xdb";
  const Status status = ParseFooter(AsBytes(bytes)).status();
  EXPECT_EQ(status.reason(), GetParam().reason);
  EXPECT_NE(status.message().find(GetParam().mentions), std::string::npos) << status.message();
}

INSTANTIATE_TEST_SUITE_P(
    , BadFooterTest,
    testing::Values(BadFooter{"A3 an offset of 11 bytes", std::string(10, '\xff') + "\x01\x08",
                              Reason::kFormat, "metaindex"},
                    BadFooter{"A3 a number that never ends", std::string(40, '\x80'),
                              Reason::kFormat, "metaindex"},
                    BadFooter{"A3 an offset above 64 bits", std::string(9, '\xff') + "\x02\x08",
                              Reason::kFormat, "metaindex"},
                    BadFooter{"A3 the second handle never ends",
                              "\x01\x08" + std::string(38, '\x80'), Reason::kFormat, "index"}),
    [](const auto& row) { return RowName(row.param.what); });

TEST(TableFormatTest, AnotherMagicIsNoTable) {
  std::string bytes;
  AppendFooter(bytes, {{0, 8}, {13, 20}});
  bytes.back() = '\x88';  // RocksDB's begins alike
  EXPECT_EQ(ParseFooter(AsBytes(bytes)).status().reason(), Reason::kBadMagic);
}

struct Varint {
  uint64_t value;
  std::string bytes;
};

TEST(TableFormatTest, VarintsAreThoseOfProtobuf) {
  for (const Varint& row :
       {Varint{0, std::string(1, '\0')}, Varint{127, "\x7f"}, Varint{128, "\x80\x01"},
        Varint{300, "\xac\x02"}, Varint{UINT32_MAX, "\xff\xff\xff\xff\x0f"},
        Varint{UINT64_MAX, std::string(9, '\xff') + "\x01"}}) {
    std::string bytes;
    AppendVarint(bytes, row.value);
    EXPECT_EQ(bytes, row.bytes) << row.value;
    EXPECT_EQ(ByteReader(AsBytes(bytes)).ReadVarint64(), row.value);
  }
}

TEST(TableFormatTest, FixedNumbersAreLittleEndian) {
  std::string bytes;
  AppendFixed32(bytes, 0x01020304);
  EXPECT_EQ(bytes, "\x04\x03\x02\x01");
}

RC_GTEST_PROP(VarintProperty, ComesBackAndNothingMore, (uint64_t value, const std::string& rest)) {
  const uint64_t number = value >> *rc::gen::inRange(0, 64);
  std::string bytes;
  AppendVarint(bytes, number);
  const size_t nbytes = bytes.size();
  bytes += rest;
  ByteReader reader(AsBytes(bytes));
  RC_ASSERT(reader.ReadVarint64() == number);
  RC_ASSERT(reader.position() == nbytes);
  ByteReader narrow(AsBytes(bytes));
  const auto in_32_bits = narrow.ReadVarint32();
  RC_ASSERT(in_32_bits.has_value() == (number <= UINT32_MAX));
  if (in_32_bits) RC_ASSERT(*in_32_bits == number);
}

RC_GTEST_PROP(VarintProperty, CutOnesAreNone, (uint64_t value)) {
  std::string bytes;
  AppendVarint(bytes, value);
  bytes.pop_back();
  ByteReader reader(AsBytes(bytes));
  RC_ASSERT(!reader.ReadVarint64().has_value());
  RC_ASSERT(reader.position() == 0u);
}

}  // namespace
}  // namespace cairn::sstable
