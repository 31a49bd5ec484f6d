// Finds the one damaged byte of an SSTable block by the block's checksum.
#ifndef CAIRN_CODEC_SSTABLE_DAMAGED_BYTE_H_
#define CAIRN_CODEC_SSTABLE_DAMAGED_BYTE_H_

#include <cstddef>
#include <optional>

#include "cairn/core/bytes.h"

namespace cairn::sstable {

// One byte of a block and what it was. Undoes any change of that byte.
struct DamagedByte {
  size_t offset = 0;  // in the block with its trailer
  std::byte value{};  // before the damage

  friend bool operator==(const DamagedByte&, const DamagedByte&) = default;
};

// Returns the byte after whose correction the checksum of `block` (contents and trailer) holds,
// where there is exactly one such byte and the checksum does not hold already. In blocks of more
// than 64 KiB only a single flipped bit is looked for, and in those of more than 2 MiB nothing is:
// so the chance that other damage is taken for that of one byte stays below 1 in 200. Takes time
// linear in the size of the block.
std::optional<DamagedByte> FindDamagedByte(Bytes block);

}  // namespace cairn::sstable

#endif  // CAIRN_CODEC_SSTABLE_DAMAGED_BYTE_H_
