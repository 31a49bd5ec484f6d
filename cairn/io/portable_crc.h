// Checksums from tables, for machines and builds without ISA-L.
#ifndef CAIRN_IO_PORTABLE_CRC_H_
#define CAIRN_IO_PORTABLE_CRC_H_

#include "cairn/core/bytes.h"

namespace cairn {

// ExtendCrc32c and ExtendCrc32 of checksum.h fall back on these.
uint32_t PortableExtendCrc32c(uint32_t crc, Bytes bytes);
uint32_t PortableExtendCrc32(uint32_t crc, Bytes bytes);

}  // namespace cairn

#endif  // CAIRN_IO_PORTABLE_CRC_H_
