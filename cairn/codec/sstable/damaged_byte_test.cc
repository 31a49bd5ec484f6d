#include "cairn/codec/sstable/damaged_byte.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "cairn/io/checksum.h"

namespace cairn::sstable {
namespace {

// A block of `nbytes` of contents and a type, with its checksum.
std::vector<std::byte> BlockOf(size_t nbytes) {
  std::mt19937 random(static_cast<uint32_t>(nbytes));
  std::vector<std::byte> block(nbytes + 1);
  for (std::byte& byte : block) byte = static_cast<std::byte>(random());
  const uint32_t masked = MaskCrc32c(Crc32c(block));
  block.resize(block.size() + 4);
  StoreLittleEndian(block.data() + nbytes + 1, masked);
  return block;
}

TEST(DamagedByteTest, EveryChangeOfEveryByteIsUndone) {
  const std::vector<std::byte> sound = BlockOf(60);
  EXPECT_EQ(FindDamagedByte(sound), std::nullopt);
  for (size_t at = 0; at < sound.size(); ++at) {
    for (int change = 1; change < 256; ++change) {
      std::vector<std::byte> block = sound;
      block[at] ^= static_cast<std::byte>(change);
      ASSERT_EQ(FindDamagedByte(block), (DamagedByte{at, sound[at]})) << at << " " << change;
    }
  }
}

TEST(DamagedByteTest, InLargeBlocksAFlippedBitOnly) {
  const std::vector<std::byte> sound = BlockOf(100'000);
  for (const size_t at : {size_t{0}, size_t{50'000}, sound.size() - 6}) {
    std::vector<std::byte> block = sound;
    block[at] ^= std::byte{0x10};
    EXPECT_EQ(FindDamagedByte(block), (DamagedByte{at, sound[at]}));
    block[at] ^= std::byte{0x01};
    EXPECT_EQ(FindDamagedByte(block), std::nullopt);
  }
  std::vector<std::byte> large = BlockOf(size_t{3} << 20);
  large[7] ^= std::byte{1};
  EXPECT_EQ(FindDamagedByte(large), std::nullopt);
}

// Damage of several bytes looks like that of one with a chance of 255 in 2^32 for each byte.
TEST(DamagedByteTest, OtherDamageIsNotTakenForThatOfOneByte) {
  std::mt19937 random(1);
  const std::vector<std::byte> sound = BlockOf(4096);
  for (int round = 0; round < 500; ++round) {
    std::vector<std::byte> block = sound;
    for (int k = 0; k < 3; ++k)
      block[random() % 4096] ^= static_cast<std::byte>(1 + random() % 255);
    if (block == sound) continue;
    EXPECT_EQ(FindDamagedByte(block), std::nullopt) << round;
  }
}

TEST(DamagedByteTest, TheShortestBlocks) {
  for (size_t nbytes = 0; nbytes < 5; ++nbytes)
    EXPECT_EQ(FindDamagedByte(std::vector<std::byte>(nbytes)), std::nullopt);
}

}  // namespace
}  // namespace cairn::sstable
