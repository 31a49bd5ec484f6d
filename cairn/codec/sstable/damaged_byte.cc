#include "cairn/codec/sstable/damaged_byte.h"

#include <array>
#include <bit>

#include "cairn/codec/sstable/table_format.h"
#include "cairn/io/checksum.h"

namespace cairn::sstable {
namespace {

constexpr size_t kMostForBytes = size_t{64} << 10;
constexpr size_t kMostForBits = size_t{2} << 20;
constexpr size_t kChecksumNbytes = 4;

// A change of the last byte by XOR with i changes the checksum by XOR with kLast[i].
constexpr std::array<uint32_t, 256> kLast = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1) != 0 ? 0x82f63b78 : 0);
    table[i] = value;
  }
  return table;
}();

// The entries of kLast differ in their highest bytes, which tell the entry.
constexpr std::array<uint8_t, 256> kEntryOfHighByte = [] {
  std::array<uint8_t, 256> entries{};
  for (size_t i = 0; i < 256; ++i) entries[kLast[i] >> 24] = static_cast<uint8_t>(i);
  return entries;
}();

// Returns the change of the last byte that changes the checksum by `difference`; 0 if there is
// none.
uint8_t ChangeOfLastByte(uint32_t difference) {
  const uint8_t change = kEntryOfHighByte[difference >> 24];
  return kLast[change] == difference ? change : 0;
}

// The effect of a change one byte earlier, of which `difference` is what one more byte makes.
uint32_t OneByteEarlier(uint32_t difference) {
  const uint8_t low = kEntryOfHighByte[difference >> 24];
  return (difference ^ kLast[low]) << 8 | low;
}

// Collects candidates: more than one is as good as none.
class Candidates {
 public:
  void Add(size_t offset, std::byte value) {
    ++count_;
    found_ = {offset, value};
  }
  std::optional<DamagedByte> Only() const {
    return count_ == 1 ? std::optional(found_) : std::nullopt;
  }

 private:
  int count_ = 0;
  DamagedByte found_;
};

}  // namespace

std::optional<DamagedByte> FindDamagedByte(Bytes block) {
  if (block.size() <= kChecksumNbytes || block.size() > kMostForBits) return std::nullopt;
  const Bytes covered = block.first(block.size() - kChecksumNbytes);
  const auto stored = LoadLittleEndian<uint32_t>(block.data() + covered.size());
  const uint32_t computed = Crc32c(covered);
  Candidates candidates;
  // The checksum itself may be what was damaged.
  const uint32_t masked = MaskCrc32c(computed);
  if (masked == stored) return std::nullopt;
  for (size_t i = 0; i < kChecksumNbytes; ++i) {
    const uint32_t byte = uint32_t{0xff} << (8 * i);
    if (((masked ^ stored) & ~byte) == 0)
      candidates.Add(covered.size() + i, static_cast<std::byte>(masked >> (8 * i)));
  }
  // The checksum is linear: damage changes it in a way that depends only on the change and on the
  // number of bytes after it. Going back byte by byte, the difference is taken back by one byte.
  uint32_t difference = computed ^ UnmaskCrc32c(stored);
  for (size_t i = covered.size(); i-- > 0; difference = OneByteEarlier(difference)) {
    const uint8_t change = ChangeOfLastByte(difference);
    const bool is_possible =
        change != 0 && (block.size() <= kMostForBytes || std::has_single_bit(change));
    if (is_possible) candidates.Add(i, covered[i] ^ std::byte{change});
  }
  return candidates.Only();
}

}  // namespace cairn::sstable
