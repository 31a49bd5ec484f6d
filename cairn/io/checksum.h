// CRC-32C (Castagnoli) and the CRC-32 of zip, at the speed of memory.
#ifndef CAIRN_IO_CHECKSUM_H_
#define CAIRN_IO_CHECKSUM_H_

#include "cairn/core/bytes.h"
#include "cairn/core/checksum.h"

namespace cairn {

// The CRC-32C of the bytes whose CRC-32C is `crc`, followed by `bytes`. Begin with 0.
uint32_t ExtendCrc32c(uint32_t crc, Bytes bytes);
inline uint32_t Crc32c(Bytes bytes) { return ExtendCrc32c(0, bytes); }

// The same for the CRC-32 of zip, gzip and PNG.
uint32_t ExtendCrc32(uint32_t crc, Bytes bytes);
inline uint32_t Crc32(Bytes bytes) { return ExtendCrc32(0, bytes); }

// The same for either kind.
uint32_t ExtendChecksum(Checksum::Kind kind, uint32_t value, Bytes bytes);

// The checksum of two ranges one after the other, from that of each and the length of the second,
// without touching bytes.
uint32_t CombineChecksum(Checksum::Kind kind, uint32_t first, uint32_t second,
                         uint64_t second_nbytes);

// The CRC-32 of the second of two ranges, from that of the first, that of both one after the other,
// and the length of the second.
uint32_t Crc32Behind(uint32_t first, uint32_t both, uint64_t second_nbytes);

// Copies `from` to `to` and gives ExtendChecksum(kind, value, from), reading each byte from memory
// once. Large copies go past the cache on x86-64.
uint32_t CopyAndExtendChecksum(Checksum::Kind kind, uint32_t value, Bytes from, std::byte* to);

// How SSTables and bundles store a CRC: rotated and offset, so that a CRC over bytes that contain
// CRCs stays sound.
constexpr uint32_t MaskCrc32c(uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8u; }
constexpr uint32_t UnmaskCrc32c(uint32_t masked) {
  const uint32_t rotated = masked - 0xa282ead8u;
  return (rotated >> 17) | (rotated << 15);
}

}  // namespace cairn

#endif  // CAIRN_IO_CHECKSUM_H_
