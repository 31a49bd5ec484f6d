#include "cairn/formats/tf_bundle/string_payload.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cairn/io/checksum.h"
#include "cairn/testing/allocation_meter.h"
#include "cairn/testing/row_name.h"
#include "cairn/testing/table_bytes.h"

namespace cairn::tf_bundle {
namespace {

using Elements = std::vector<std::string>;

StringTensor ToTensor(const Elements& elements) {
  StringTensor tensor;
  for (const std::string& element : elements) tensor.Add(element);
  return tensor;
}

// The bytes that TensorFlow stores, and the checksum of the entry, masked.
struct Example {
  const char* what;
  Elements elements;
  std::string payload;
  uint32_t masked_crc32c;
};

class StringVectorTest : public testing::TestWithParam<Example> {};

TEST_P(StringVectorTest, IsWrittenAndReadAsTensorFlowDoes) {
  const Example& example = GetParam();
  const EncodedStrings encoded = EncodeStrings(ToTensor(example.elements));
  EXPECT_EQ(AsText(encoded.payload), example.payload);
  EXPECT_EQ(MaskCrc32c(encoded.crc32c), example.masked_crc32c);
  EXPECT_EQ(EncodedNbytes(ToTensor(example.elements)), example.payload.size());
  const auto strings = DecodeStrings(AsBytes(example.payload), example.elements.size(),
                                     UnmaskCrc32c(example.masked_crc32c));
  ASSERT_TRUE(strings.ok()) << strings.status().message();
  EXPECT_EQ(*strings, ToTensor(example.elements));
}

INSTANTIATE_TEST_SUITE_P(
    , StringVectorTest,
    testing::Values(Example{"no elements", {}, "\xd8\xea\x82\xa2", 0x640cc1f6},
                    Example{"one empty", {""}, std::string("\0\xa6\x7b\x11\x3a", 5), 0xbe0767bd},
                    Example{"hello", {"hello"}, "\x05\xd9\xc6\x9c\x43hello", 0x29c0e0ec},
                    Example{"hello and empty",
                            {"hello", ""},
                            std::string("\x05\0\xea\xb2\x04\x3ehello", 11),
                            0x77c7475d}),
    [](const auto& row) { return RowName(row.param.what); });

TEST(StringPayloadTest, AnyBytesComeBack) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  const Elements elements = {all, std::string(1, '\0'), "", std::string(1 << 20, '\xff'),
                             all + all};
  const EncodedStrings encoded = EncodeStrings(ToTensor(elements));
  const auto strings = DecodeStrings(encoded.payload, elements.size(), encoded.crc32c);
  ASSERT_TRUE(strings.ok()) << strings.status().message();
  EXPECT_EQ(*strings, ToTensor(elements));
}

TEST(StringPayloadTest, NoElementsMayTakeNoBytes) {
  const auto strings = DecodeStrings({}, 0, std::nullopt);
  ASSERT_TRUE(strings.ok()) << strings.status().message();
  EXPECT_EQ(strings->size(), 0u);
}

TEST(StringPayloadTest, WithoutAChecksumTheStringsAreNotProven) {
  std::string payload = "\x05\xd9\xc6\x9c\x43hellO";
  EXPECT_TRUE(DecodeStrings(AsBytes(payload), 1, std::nullopt).ok());
  EXPECT_EQ(DecodeStrings(AsBytes(payload), 1, UnmaskCrc32c(0x29c0e0ec)).status().reason(),
            Reason::kCrc);
}

// A length as 64 bits in the checksum cannot be had with a string of 4 GiB here; a payload that
// promises one must still be told by its bounds.
struct Damage {
  const char* what;
  std::string payload;
  uint64_t num_elements;
  Reason reason;
  const char* mentions;
};

class DamagedStringsTest : public testing::TestWithParam<Damage> {};

TEST_P(DamagedStringsTest, AreRefusedWithoutMemory) {
  const Damage& damage = GetParam();
  const AllocationMeter meter;
  const Status status =
      DecodeStrings(AsBytes(damage.payload), damage.num_elements, UnmaskCrc32c(0x29c0e0ec))
          .status();
  EXPECT_LT(meter.peak_nbytes(), 4096u);
  EXPECT_EQ(ReasonWord(status.reason()), ReasonWord(damage.reason)) << status.message();
  EXPECT_NE(status.message().find(damage.mentions), std::string::npos) << status.message();
}

const std::string kHello = "\x05\xd9\xc6\x9c\x43hello";

INSTANTIATE_TEST_SUITE_P(
    , DamagedStringsTest,
    testing::Values(
        Damage{"B12 2^40 strings in 10 bytes", kHello, uint64_t{1} << 40, Reason::kBounds,
               "1099511627776 strings cannot lie in 10 bytes"},
        Damage{"B12 one string more than there are", kHello, 2, Reason::kBounds, "string 1"},
        Damage{"B13 length 2^63", std::string(9, '\x80') + "\x01" + kHello, 2, Reason::kBounds,
               "string 0"},
        Damage{"B13 length 2^64 - 1", std::string(9, '\xff') + "\x01" + kHello, 2, Reason::kBounds,
               "string 0"},
        Damage{"B13 a length that never ends", std::string(12, '\x80'), 1, Reason::kBounds,
               "string 0"},
        Damage{"B13 lengths that only together are too long", "\x06\x06\x01\x02\x03\x04hello", 2,
               Reason::kBounds, "string 1"},
        Damage{"B13 lengths whose sum wraps",
               std::string(9, '\xff') + "\x01\x0f" + std::string(12, 'x'), 2, Reason::kBounds,
               "string 0"},
        Damage{"B13 a string longer than the rest", "\x06\xd9\xc6\x9c\x43hello", 1, Reason::kCrc,
               "lengths"},
        Damage{"B13 checksum of the lengths wrong", "\x05\xd9\xc6\x9c\x44hello", 1, Reason::kCrc,
               "lengths of the strings"},
        Damage{"B13 checksum of the lengths cut", "\x01\xd9\xc6\x9c", 1, Reason::kBounds,
               "checksum of the lengths"},
        Damage{"B13 a byte too many", kHello + "x", 1, Reason::kSize, "need 5 bytes, 6"},
        Damage{"B13 a byte too few", kHello.substr(0, 9), 1, Reason::kSize, "need 5 bytes, 4"},
        Damage{"B13 no bytes for one string", "", 1, Reason::kBounds, "cannot lie in 0 bytes"},
        Damage{"B11 a bit of the strings", "\x05\xd9\xc6\x9c\x43hfllo", 1, Reason::kCrc,
               "strings: checksum"}),
    [](const auto& row) { return RowName(row.param.what); });

RC_GTEST_PROP(StringPayloadProperty, ComesBack, (const Elements& elements)) {
  const EncodedStrings encoded = EncodeStrings(ToTensor(elements));
  const auto strings = DecodeStrings(encoded.payload, elements.size(), encoded.crc32c);
  RC_ASSERT(strings.ok());
  RC_ASSERT(*strings == ToTensor(elements));
}

RC_GTEST_PROP(StringPayloadProperty, OneChangedByteIsSeen, (const Elements& elements)) {
  EncodedStrings encoded = EncodeStrings(ToTensor(elements));
  const size_t at = *rc::gen::inRange<size_t>(0, encoded.payload.size());
  encoded.payload[at] ^= static_cast<std::byte>(*rc::gen::inRange(1, 256));
  RC_ASSERT(!DecodeStrings(encoded.payload, elements.size(), encoded.crc32c).ok());
}

RC_GTEST_PROP(StringPayloadProperty, AnyBytesAreAnAnswer, (const std::string& payload)) {
  (void)DecodeStrings(AsBytes(payload), *rc::gen::inRange<uint64_t>(0, 20), std::nullopt);
}

}  // namespace
}  // namespace cairn::tf_bundle
