#include "cairn/formats/tf_bundle/bundle_proto.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cairn/core/shape.h"
#include "cairn/testing/bundle_bytes.h"
#include "cairn/testing/row_name.h"

namespace cairn::tf_bundle {
namespace {

using namespace std::string_literals;

constexpr uint64_t kMaxShards = 99'999;

Result<BundleHeader> Header(std::string_view message) {
  return ParseHeader(AsBytes(message), kMaxShards);
}

Result<BundleEntry> Entry(std::string_view message) {
  BundleEntry entry;
  CAIRN_RETURN_IF_ERROR(ParseEntry(AsBytes(message), entry));
  return entry;
}

TEST(BundleHeaderTest, IsWrittenAsTensorFlowDoes) {
  EXPECT_EQ(EncodeHeader({}), "\x08\x01\x1a\x02\x08\x01");
  EXPECT_EQ(EncodeHeader({.num_shards = 2}), "\x08\x02\x1a\x02\x08\x01");
  EXPECT_EQ(EncodeHeader({.num_shards = 1, .endianness = Endianness::kBig}),
            "\x08\x01\x10\x01\x1a\x02\x08\x01");
}

TEST(BundleHeaderTest, AnotherNumberOfShardsLeavesAllElseAsItIs) {
  EXPECT_EQ(*WithNumShards(AsBytes("\x08\x01\x1a\x02\x08\x01"), 2), "\x08\x02\x1a\x02\x08\x01");
  // Big-endian, a version with a field of a later program, and an unknown field.
  const std::string rest = "\x10\x01\x1a\x04\x08\x01\x18\x07\xa2\x06\x02hi";
  EXPECT_EQ(*WithNumShards(AsBytes("\x08\x07" + rest), 8), "\x08\x08" + rest);
  EXPECT_EQ(*WithNumShards(AsBytes(rest + "\x08\x07"), 8), "\x08\x08" + rest);
  EXPECT_EQ(WithNumShards(AsBytes("\x08"), 8).status().reason(), Reason::kProto);
}

struct GoodHeader {
  const char* what;
  std::string message;
  uint32_t num_shards = 1;
  Endianness endianness = Endianness::kLittle;
};

class GoodHeaderTest : public testing::TestWithParam<GoodHeader> {};

TEST_P(GoodHeaderTest, IsRead) {
  const Result<BundleHeader> header = Header(GetParam().message);
  ASSERT_TRUE(header.ok()) << header.status().message();
  EXPECT_EQ(header->num_shards, GetParam().num_shards);
  EXPECT_EQ(header->endianness, GetParam().endianness);
}

INSTANTIATE_TEST_SUITE_P(
    , GoodHeaderTest,
    testing::Values(GoodHeader{"TensorFlow's", "\x08\x01\x1a\x02\x08\x01"},
                    GoodHeader{"two shards", "\x08\x02\x1a\x02\x08\x01", 2},
                    GoodHeader{"the most shards", HeaderMessage(99'999), 99'999},
                    GoodHeader{"no version", "\x08\x01"},
                    GoodHeader{"little-endian said", "\x08\x01\x10\0\x1a\x02\x08\x01"s},
                    GoodHeader{"B3 big-endian", "\x08\x01\x10\x01", 1, Endianness::kBig},
                    GoodHeader{"fields in another order", "\x1a\x02\x08\x01\x08\x03", 3},
                    GoodHeader{"unknown fields of every kind",
                               "\x08\x01\x20\x05\x29"s + "12345678" + "\x32\x02hi\x3d" + "1234"},
                    GoodHeader{"B4 a later producer that lets version 1 read",
                               "\x08\x01\x1a\x04\x08\x7f\x10\x01"},
                    GoodHeader{"B4 other versions forbidden", "\x08\x01\x1a\x04\x18\x02\x18\x03"},
                    GoodHeader{"B4 other versions forbidden, packed",
                               "\x08\x01\x1a\x04\x1a\x02\x02\x03"}),
    [](const auto& row) { return RowName(row.param.what); });

struct BadMessage {
  const char* what;
  std::string message;
  Reason reason;
  const char* mentions = "";
};

class BadHeaderTest : public testing::TestWithParam<BadMessage> {};

TEST_P(BadHeaderTest, IsRefused) {
  const Status status = Header(GetParam().message).status();
  EXPECT_EQ(ReasonWord(status.reason()), ReasonWord(GetParam().reason)) << status.message();
  EXPECT_NE(status.message().find(GetParam().mentions), std::string::npos) << status.message();
}

INSTANTIATE_TEST_SUITE_P(
    , BadHeaderTest,
    testing::Values(
        BadMessage{"B1 cut", "\x08\x01\x1a\x02\x08", Reason::kProto, "BundleHeaderProto"},
        BadMessage{"B1 text", "model_checkpoint_path", Reason::kProto, "BundleHeaderProto"},
        BadMessage{"B1 num_shards is a message", "\x0a\x01\x01", Reason::kProto, "field 1"},
        BadMessage{"B1 version is a number", "\x08\x01\x18\x01", Reason::kProto, "field 3"},
        BadMessage{"B1 version is cut inside", "\x08\x01\x1a\x01\x08", Reason::kProto,
                   "VersionDef"},
        BadMessage{"B1 min_consumer is a message", "\x08\x01\x1a\x03\x12\x01\x01", Reason::kProto,
                   "VersionDef: field 2"},
        BadMessage{"B2 no num_shards", "\x1a\x02\x08\x01", Reason::kLimit, "0 data files"},
        BadMessage{"B2 num_shards 0", "\x08\0"s, Reason::kLimit, "0 data files"},
        BadMessage{"B2 num_shards -1", HeaderMessage(-1), Reason::kLimit, "-1 data files"},
        BadMessage{"B2 num_shards 2^31 - 1", HeaderMessage(INT32_MAX), Reason::kLimit,
                   "2147483647 data files"},
        BadMessage{"B2 num_shards 100000", HeaderMessage(100'000), Reason::kLimit,
                   "100000 data files, possible are 1 to 99999"},
        BadMessage{"B2 num_shards 2^32 + 1", HeaderMessage((int64_t{1} << 32) + 1), Reason::kLimit,
                   "4294967297 data files"},
        BadMessage{"B3 endianness 7", "\x08\x01\x10\x07", Reason::kUnsupported, "endianness 7"},
        BadMessage{"B3 endianness -1", "\x08\x01\x10" + std::string(9, '\xff') + "\x01",
                   Reason::kUnsupported, "endianness -1"},
        BadMessage{"B4 min_consumer 2", "\x08\x01\x1a\x02\x10\x02", Reason::kVersion,
                   "needs a reader of version 2"},
        BadMessage{"B4 min_consumer 2^31 - 1", "\x08\x01\x1a\x06\x10\xff\xff\xff\xff\x07",
                   Reason::kVersion, "needs a reader of version 2147483647"},
        BadMessage{"B4 bad_consumers lists us", "\x08\x01\x1a\x04\x18\x05\x18\x01",
                   Reason::kVersion, "forbids readers of version 1"},
        BadMessage{"B4 bad_consumers lists us, packed", "\x08\x01\x1a\x04\x1a\x02\x05\x01",
                   Reason::kVersion, "forbids readers of version 1"},
        BadMessage{"B4 bad_consumers, packed, cut", "\x08\x01\x1a\x03\x1a\x01\x85", Reason::kProto,
                   "VersionDef"}),
    [](const auto& row) { return RowName(row.param.what); });

TEST(BundleEntryTest, DefaultsAreLeftOut) {
  BundleEntry scalar;
  scalar.dtype = DType::kFloat32;
  EXPECT_EQ(EncodeEntry(scalar), "\x08\x01\x12\0"s);
  scalar.nbytes = 4;
  scalar.masked_crc32c = 0x2bdaa581;
  EXPECT_EQ(EncodeEntry(scalar), "\x08\x01\x12\0\x28\x04\x35\x81\xa5\xda\x2b"s);
}

TEST(BundleEntryTest, EveryFieldIsWrittenInTheOrderOfItsNumber) {
  BundleEntry entry;
  entry.dtype = DType::kInt64;
  entry.dims = {2, 0};
  entry.shard_id = 1;
  entry.offset = 300;
  entry.nbytes = 16;
  entry.masked_crc32c = 1;
  EXPECT_EQ(EncodeEntry(entry),
            "\x08\x09\x12\x06\x12\x02\x08\x02\x12\0\x18\x01\x20\xac\x02\x28\x10\x35\x01\0\0\0"s);
}

TEST(BundleEntryTest, IsRead) {
  EntryFields fields;
  fields.dtype = 14;
  fields.dims = {3, 0, 1};
  fields.shard = 2;
  fields.offset = int64_t{1} << 40;
  fields.nbytes = 6;
  fields.masked_crc32c = 0xdeadbeef;
  const Result<BundleEntry> entry = Entry(fields.Encode());
  ASSERT_TRUE(entry.ok()) << entry.status().message();
  EXPECT_EQ(entry->dtype, DType::kBFloat16);
  EXPECT_EQ(entry->dims, (std::vector<int64_t>{3, 0, 1}));
  EXPECT_EQ(entry->shard_id, 2);
  EXPECT_EQ(entry->offset, int64_t{1} << 40);
  EXPECT_EQ(entry->nbytes, 6);
  EXPECT_EQ(entry->masked_crc32c, 0xdeadbeef);
  EXPECT_TRUE(entry->slices.empty());
  EXPECT_EQ(entry->unknown_fields, "");
}

TEST(BundleEntryTest, NothingOfTheOldEntryStays) {
  BundleEntry entry;
  entry.dims = {9};
  entry.shard_id = entry.offset = entry.nbytes = 9;
  entry.masked_crc32c = 9;
  entry.slices = {"9"};
  entry.unknown_fields = "9";
  ASSERT_TRUE(ParseEntry(AsBytes("\x08\x01"), entry).ok());
  EXPECT_EQ(EncodeEntry(entry), "\x08\x01\x12\0"s);
}

TEST(BundleEntryTest, NoShapeIsAScalar) { EXPECT_TRUE(Entry("\x08\x01")->dims.empty()); }

TEST(BundleEntryTest, SlicesAreKeptAsTheyAre) {
  const std::string message =
      "\x08\x01\x12\x04\x12\x02\x08\x05\x3a\x06\x0a\x04\x08\x02\x10\x03\x3a\0"s;
  const Result<BundleEntry> entry = Entry(message);
  ASSERT_TRUE(entry.ok()) << entry.status().message();
  EXPECT_EQ(entry->slices, (std::vector<std::string>{"\x0a\x04\x08\x02\x10\x03", ""}));
  EXPECT_EQ(EncodeEntry(*entry), message);
}

TEST(BundleEntryTest, UnknownFieldsAreKeptByteForByte) {
  const std::string unknown =
      "\x40\xd2\x80\0"s  // a number in more bytes than it needs
      "\x49"
      "12345678"  // 64 bits
      "\x52\x05"
      "\x08\x01zzz"  // bytes
      "\xfd\xff\xff\xff\x0f"
      "1234";  // 32 bits, the highest field number
  const std::string known = "\x08\x01\x12\0"s;
  const Result<BundleEntry> entry = Entry(known + unknown);
  ASSERT_TRUE(entry.ok()) << entry.status().message();
  EXPECT_EQ(entry->unknown_fields, unknown);
  EXPECT_EQ(EncodeEntry(*entry), known + unknown);
}

TEST(BundleEntryTest, ANumberOfAFieldSaidTwiceIsTheLast) {
  EXPECT_EQ(Entry("\x08\x01\x28\x04\x28\x08")->nbytes, 8);
}

class BadEntryTest : public testing::TestWithParam<BadMessage> {};

TEST_P(BadEntryTest, IsRefused) {
  const Status status = Entry(GetParam().message).status();
  EXPECT_EQ(ReasonWord(status.reason()), ReasonWord(GetParam().reason)) << status.message();
  EXPECT_NE(status.message().find(GetParam().mentions), std::string::npos) << status.message();
}

std::string EntryOf(uint64_t dtype, std::vector<int64_t> dims = {}) {
  EntryFields fields;
  fields.dtype = dtype;
  fields.dims = std::move(dims);
  return fields.Encode();
}

std::string ManySlices() {
  std::string message = EntryOf(1);
  for (int i = 0; i <= 1 << 20; ++i) message += "\x3a\0"s;
  return message;
}

INSTANTIATE_TEST_SUITE_P(
    , BadEntryTest,
    testing::Values(
        BadMessage{"B5 no dtype", "\x12\0"s, Reason::kDType, "dtype 0"},
        BadMessage{"B5 dtype 0", EntryOf(0), Reason::kDType, "dtype 0"},
        BadMessage{"B5 dtype 34, which is not yet", EntryOf(34), Reason::kDType, "dtype 34"},
        BadMessage{"B5 dtype 101, a reference", EntryOf(101), Reason::kDType, "dtype 101"},
        BadMessage{"B5 dtype 9999", EntryOf(9999), Reason::kDType, "dtype 9999"},
        BadMessage{"B5 dtype 257, float32 in its low byte", EntryOf(257), Reason::kDType,
                   "dtype 257"},
        BadMessage{"B5 dtype 2^32 + 1", EntryOf((uint64_t{1} << 32) + 1), Reason::kDType,
                   "dtype 4294967297"},
        BadMessage{"B6 dimension -1", EntryOf(1, {-1}), Reason::kShape, "-1"},
        BadMessage{"B6 dimension -2^63", EntryOf(1, {2, INT64_MIN}), Reason::kShape,
                   "-9223372036854775808"},
        BadMessage{"B6 unknown rank", "\x08\x01\x12\x02\x18\x01", Reason::kShape, "unknown"},
        BadMessage{"B6 300 dimensions", EntryOf(1, std::vector<int64_t>(300, 1)), Reason::kShape,
                   "254"},
        BadMessage{
            "B6 300 dimensions in two shapes",
            EntryOf(1, std::vector<int64_t>(150, 1)) + EntryOf(1, std::vector<int64_t>(150, 1)),
            Reason::kShape, "300 dimensions"},
        BadMessage{"B6 product 2^64 + 4", EntryOf(4, {4294967296, 4294967297}), Reason::kOverflow,
                   "2^63"},
        BadMessage{"B6 product that wraps to 4", EntryOf(4, {int64_t{1} << 62, 16, 4}),
                   Reason::kOverflow, "2^63"},
        BadMessage{"B6 bytes of 2^63", EntryOf(18, {int64_t{1} << 60}), Reason::kOverflow,
                   "complex128"},
        BadMessage{"B17 dtype is a message", "\x0a\0"s, Reason::kProto, "field 1"},
        BadMessage{"B17 shape is a number", "\x08\x01\x10\x05", Reason::kProto, "field 2"},
        BadMessage{"B17 crc32c is a varint", "\x08\x01\x30\x05", Reason::kProto, "field 6"},
        BadMessage{"B17 size is 64 fixed bits",
                   "\x08\x01\x29"
                   "12345678",
                   Reason::kProto, "field 5"},
        BadMessage{"B17 slices are numbers", "\x08\x01\x38\x01", Reason::kProto, "field 7"},
        BadMessage{"B17 100 groups in each other", "\x08\x01" + std::string(100, '\x43'),
                   Reason::kProto, "BundleEntryProto"},
        BadMessage{"B17 the end of a group", "\x08\x01\x44", Reason::kProto},
        BadMessage{"B17 wire type 6", "\x08\x01\x46", Reason::kProto},
        BadMessage{"B17 wire type 7", "\x08\x01\x47", Reason::kProto},
        BadMessage{"B17 field number 0", "\x08\x01\0\x01"s, Reason::kProto},
        BadMessage{"B17 trailing garbage", EntryOf(1) + "\xff\xff", Reason::kProto},
        BadMessage{"B17 cut in the checksum", "\x08\x01\x35\x01\x02", Reason::kProto},
        BadMessage{"B17 an unknown field past the end", "\x08\x01\x42\x7fx", Reason::kProto},
        BadMessage{"B17 a number of 11 bytes", "\x08\x01\x20" + std::string(10, '\xff') + "\x01",
                   Reason::kProto},
        BadMessage{"B16 more slices than any writer makes", ManySlices(), Reason::kLimit,
                   "1048576 slices"}),
    [](const auto& row) { return RowName(row.param.what); });

RC_GTEST_PROP(BundleEntryProperty, ComesBack, ()) {
  BundleEntry entry;
  entry.dtype =
      *rc::gen::map(rc::gen::inRange(1, 34), [](int code) { return static_cast<DType>(code); });
  entry.dims = *rc::gen::container<std::vector<int64_t>>(rc::gen::inRange<int64_t>(0, 300));
  RC_PRE(NumElements(entry.dims).ok());
  RC_PRE(ElementNbytes(entry.dtype) == 0 || Nbytes(entry.dtype, *NumElements(entry.dims)).ok());
  entry.shard_id = *rc::gen::arbitrary<int32_t>();
  entry.offset = *rc::gen::arbitrary<int64_t>();
  entry.nbytes = *rc::gen::arbitrary<int64_t>();
  if (*rc::gen::arbitrary<bool>()) entry.masked_crc32c = *rc::gen::arbitrary<uint32_t>();
  entry.slices = *rc::gen::arbitrary<std::vector<std::string>>();
  const std::string message = EncodeEntry(entry);
  const Result<BundleEntry> back = Entry(message);
  RC_ASSERT(back.ok());
  RC_ASSERT(back->dtype == entry.dtype);
  RC_ASSERT(back->dims == entry.dims);
  RC_ASSERT(back->shard_id == entry.shard_id);
  RC_ASSERT(back->offset == entry.offset);
  RC_ASSERT(back->nbytes == entry.nbytes);
  RC_ASSERT(back->masked_crc32c == entry.masked_crc32c);
  RC_ASSERT(back->slices == entry.slices);
  RC_ASSERT(EncodeEntry(*back) == message);
}

RC_GTEST_PROP(BundleEntryProperty, WhatIsReadIsWrittenAndReadAgain, (const std::string& bytes)) {
  const Result<BundleEntry> entry = Entry("\x08\x01" + bytes);
  if (!entry.ok()) return;
  const std::string message = EncodeEntry(*entry);
  const Result<BundleEntry> again = Entry(message);
  RC_ASSERT(again.ok());
  RC_ASSERT(EncodeEntry(*again) == message);
}

}  // namespace
}  // namespace cairn::tf_bundle
