#include "cairn/io/portable_crc.h"

#include <array>

namespace cairn {
namespace {

// Four tables: table k gives the effect of a byte that k more bytes follow.
using Tables = std::array<std::array<uint32_t, 256>, 4>;

constexpr Tables MakeTables(uint32_t polynomial) {
  Tables tables{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? polynomial : 0);
    tables[0][i] = crc;
  }
  for (uint32_t i = 0; i < 256; ++i) {
    for (size_t k = 1; k < 4; ++k) {
      tables[k][i] = (tables[k - 1][i] >> 8) ^ tables[0][tables[k - 1][i] & 0xff];
    }
  }
  return tables;
}
// The polynomials with their bits reversed.
constexpr Tables kCrc32cTables = MakeTables(0x82f63b78);  // Castagnoli
constexpr Tables kCrc32Tables = MakeTables(0xedb88320);   // zip

uint32_t Extend(const Tables& tables, uint32_t crc, Bytes bytes) {
  uint32_t state = ~crc;
  while (bytes.size() >= 4) {
    state ^= LoadLittleEndian<uint32_t>(bytes.data());
    state = tables[3][state & 0xff] ^ tables[2][(state >> 8) & 0xff] ^
            tables[1][(state >> 16) & 0xff] ^ tables[0][state >> 24];
    bytes = bytes.subspan(4);
  }
  for (std::byte byte : bytes) {
    state = (state >> 8) ^ tables[0][(state ^ std::to_integer<uint32_t>(byte)) & 0xff];
  }
  return ~state;
}

}  // namespace

uint32_t PortableExtendCrc32c(uint32_t crc, Bytes bytes) {
  return Extend(kCrc32cTables, crc, bytes);
}

uint32_t PortableExtendCrc32(uint32_t crc, Bytes bytes) { return Extend(kCrc32Tables, crc, bytes); }

}  // namespace cairn
