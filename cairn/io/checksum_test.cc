#include "cairn/io/checksum.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "cairn/io/portable_crc.h"

namespace cairn {
namespace {

// The definition: one bit at a time.
uint32_t ReferenceCrc(uint32_t polynomial, uint32_t crc, Bytes bytes) {
  crc = ~crc;
  for (std::byte byte : bytes) {
    crc ^= std::to_integer<uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? polynomial : 0);
  }
  return ~crc;
}

// Every way to a checksum that the library has.
struct Way {
  const char* name;
  uint32_t (*extend)(uint32_t, Bytes);
  uint32_t polynomial;
};
constexpr uint32_t kCastagnoli = 0x82f63b78;
constexpr uint32_t kZip = 0xedb88320;
constexpr Way kWays[] = {
    {"Crc32c", ExtendCrc32c, kCastagnoli},
    {"PortableCrc32c", PortableExtendCrc32c, kCastagnoli},
    {"Crc32cOfKind",
     [](uint32_t crc, Bytes bytes) { return ExtendChecksum(Checksum::Kind::kCrc32c, crc, bytes); },
     kCastagnoli},
    {"Crc32", ExtendCrc32, kZip},
    {"PortableCrc32", PortableExtendCrc32, kZip},
    {"Crc32OfKind",
     [](uint32_t crc, Bytes bytes) { return ExtendChecksum(Checksum::Kind::kCrc32, crc, bytes); },
     kZip},
};

std::vector<std::byte> RandomBytes(size_t count) {
  std::mt19937 random(static_cast<uint32_t>(count) + 1);
  std::vector<std::byte> bytes(count);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

class CrcTest : public testing::TestWithParam<Way> {
 protected:
  uint32_t Extend(uint32_t crc, Bytes bytes) { return GetParam().extend(crc, bytes); }
  uint32_t Reference(uint32_t crc, Bytes bytes) {
    return ReferenceCrc(GetParam().polynomial, crc, bytes);
  }
};

INSTANTIATE_TEST_SUITE_P(, CrcTest, testing::ValuesIn(kWays),
                         [](const auto& way) { return way.param.name; });

TEST_P(CrcTest, OfADigitString) {
  const uint32_t expected = GetParam().polynomial == kZip ? 0xcbf43926 : 0xe3069283;
  EXPECT_EQ(Extend(0, AsBytes("123456789")), expected);
}

TEST_P(CrcTest, OfNothingIsTheStart) {
  EXPECT_EQ(Extend(0, {}), 0u);
  EXPECT_EQ(Extend(0x12345678, {}), 0x12345678u);
}

TEST_P(CrcTest, AtEveryAlignmentAndSize) {
  const std::vector<std::byte> bytes = RandomBytes(400);
  for (size_t start = 0; start < 64; ++start) {
    for (size_t size = 0; size + start <= 300; ++size) {
      const Bytes piece = Bytes(bytes).subspan(start, size);
      ASSERT_EQ(Extend(0, piece), Reference(0, piece)) << start << " " << size;
    }
  }
}

TEST_P(CrcTest, OfLargeOddSizes) {
  for (const size_t size : {4095u, 4097u, 65'537u, 1'000'003u}) {
    const std::vector<std::byte> bytes = RandomBytes(size);
    EXPECT_EQ(Extend(7, Bytes(bytes).subspan(1)), Reference(7, Bytes(bytes).subspan(1))) << size;
  }
}

TEST_P(CrcTest, IsOneForAnyCut) {
  const Way way = GetParam();
  rc::detail::checkGTest([way](const std::vector<uint8_t>& data, uint32_t start) {
    const Bytes bytes = std::as_bytes(std::span(data));
    const size_t cut = *rc::gen::inRange<size_t>(0, data.size() + 1);
    const uint32_t first = way.extend(start, bytes.first(cut));
    RC_ASSERT(way.extend(first, bytes.subspan(cut)) == way.extend(start, bytes));
    RC_ASSERT(way.extend(start, bytes) == ReferenceCrc(way.polynomial, start, bytes));
  });
}

// ---- CRC-32C alone

// RFC 3720, B.4.
TEST(Crc32BehindTest, IsTheChecksumOfTheRest) {
  std::vector<std::byte> bytes(3000);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 256);
  for (const size_t cut : {0, 1, 7, 128, 2999, 3000}) {
    const Bytes rest = Bytes(bytes).subspan(cut);
    EXPECT_EQ(Crc32Behind(Crc32(Bytes(bytes).first(cut)), Crc32(bytes), rest.size()), Crc32(rest));
  }
}

TEST(Crc32cTest, OfKnownBlocks) {
  std::vector<std::byte> block(32);
  EXPECT_EQ(Crc32c(block), 0x8a9136aau);
  std::ranges::fill(block, std::byte{0xff});
  EXPECT_EQ(Crc32c(block), 0x62a8ab43u);
  for (size_t i = 0; i < block.size(); ++i) block[i] = static_cast<std::byte>(i);
  EXPECT_EQ(Crc32c(block), 0x46dd794eu);
}

TEST(Crc32cTest, MaskedAsTensorFlowStoresIt) {
  EXPECT_EQ(MaskCrc32c(0xe3069283), 0xc78ab0e5u);
  EXPECT_EQ(MaskCrc32c(0), 0xa282ead8u);
  const float one = 1.0f;
  EXPECT_EQ(MaskCrc32c(Crc32c(std::as_bytes(std::span(&one, 1)))), 0x2bdaa581u);
  EXPECT_EQ(UnmaskCrc32c(0xc78ab0e5), 0xe3069283u);
}

RC_GTEST_PROP(Crc32cProperty, MaskIsUndone, (uint32_t crc)) {
  RC_ASSERT(UnmaskCrc32c(MaskCrc32c(crc)) == crc);
}

constexpr Checksum::Kind kKinds[] = {Checksum::Kind::kCrc32c, Checksum::Kind::kCrc32};

RC_GTEST_PROP(ChecksumProperty, CombinesTwoRanges,
              (const std::vector<uint8_t>& first, const std::vector<uint8_t>& second)) {
  std::vector<uint8_t> both = first;
  both.insert(both.end(), second.begin(), second.end());
  for (const auto kind : kKinds) {
    const auto checksum = [&](const std::vector<uint8_t>& data) {
      return ExtendChecksum(kind, 0, std::as_bytes(std::span(data)));
    };
    RC_ASSERT(CombineChecksum(kind, checksum(first), checksum(second), second.size()) ==
              checksum(both));
  }
}

TEST(ChecksumTest, CombinesWhereTheSecondHasAnySize) {
  const std::vector<std::byte> bytes = RandomBytes(70'000);
  for (const auto kind : kKinds) {
    const uint32_t first = ExtendChecksum(kind, 0, AsBytes("first"));
    for (size_t size : {0u, 1u, 2u, 3u, 255u, 256u, 257u, 4096u, 65'535u, 65'536u, 70'000u}) {
      const Bytes second = Bytes(bytes).first(size);
      EXPECT_EQ(CombineChecksum(kind, first, ExtendChecksum(kind, 0, second), size),
                ExtendChecksum(kind, first, second))
          << size;
    }
  }
}

// Zeros are appended by squaring, so that a size of any bit can be tried without so many bytes:
// 2^(k+1) zeros are 2^k zeros twice.
TEST(ChecksumTest, CombinesWhereTheSecondIsHuge) {
  for (const auto kind : kKinds) {
    const auto of_zeros = [&](uint64_t nbytes) {
      return ExtendChecksum(kind, 0, std::vector<std::byte>(nbytes));
    };
    uint32_t zeros = of_zeros(1);  // of 2^k zeros
    const uint32_t start = 0x12345678;
    for (int k = 0; k < 63; ++k) {
      const uint64_t size = uint64_t{1} << k;
      const uint32_t twice = CombineChecksum(kind, zeros, zeros, size);
      const uint32_t once = CombineChecksum(kind, start, zeros, size);
      ASSERT_EQ(CombineChecksum(kind, start, twice, size * 2),
                CombineChecksum(kind, once, zeros, size))
          << k;
      if (k < 20) {
        ASSERT_EQ(twice, of_zeros(size * 2)) << k;
      }
      zeros = twice;
    }
  }
}

// ---- Copies

void ExpectCopy(Bytes from, size_t to_offset) {
  std::vector<std::byte> memory(from.size() + 256, std::byte{0xee});
  auto* aligned = memory.data();
  while (reinterpret_cast<uintptr_t>(aligned) % 64 != 0) ++aligned;
  std::byte* to = aligned + to_offset;
  for (const auto kind : kKinds)
    EXPECT_EQ(CopyAndExtendChecksum(kind, 99, from, to), ExtendChecksum(kind, 99, from));
  EXPECT_TRUE(std::ranges::equal(from, std::span(to, from.size())));
  const auto before = std::span(memory.data(), to);
  const auto after = std::span(to + from.size(), memory.data() + memory.size());
  const auto is_untouched = [](std::byte byte) { return byte == std::byte{0xee}; };
  EXPECT_TRUE(std::ranges::all_of(before, is_untouched));
  EXPECT_TRUE(std::ranges::all_of(after, is_untouched));
}

TEST(CopyAndExtendChecksumTest, SmallCopiesAtEveryAlignment) {
  const std::vector<std::byte> bytes = RandomBytes(200);
  for (size_t start = 0; start < 17; ++start) {
    for (size_t to = 0; to < 17; ++to) {
      for (const size_t size : {0u, 1u, 63u, 64u, 65u, 150u})
        ExpectCopy(Bytes(bytes).subspan(start, size), to);
    }
  }
}

// Large ones take another way where the destination is aligned.
TEST(CopyAndExtendChecksumTest, LargeCopiesAtEveryAlignmentAndOddSizes) {
  constexpr size_t kLarge = 1 << 20;
  const std::vector<std::byte> bytes = RandomBytes(kLarge + 300'000);
  for (const size_t to : {0u, 1u, 8u, 16u, 48u}) {
    for (const size_t size : {kLarge - 1, kLarge, kLarge + 1, kLarge + 63, kLarge + 262'145}) {
      ExpectCopy(Bytes(bytes).first(size), to);
      ExpectCopy(Bytes(bytes).subspan(3, size), to);
    }
  }
}

}  // namespace
}  // namespace cairn
