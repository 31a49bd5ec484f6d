#include "cairn/io/checksum.h"

#include <algorithm>
#include <array>

#include "cairn/io/copy_past_cache.h"
#include "cairn/io/portable_crc.h"

#ifdef CAIRN_HAVE_ISAL
#include <isa-l/crc.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif
#endif

namespace cairn {
namespace {

#ifdef CAIRN_HAVE_ISAL

// ISA-L takes a pointer that is not const, though it only reads.
unsigned char* IsalPointer(Bytes bytes) {
  return reinterpret_cast<unsigned char*>(const_cast<std::byte*>(bytes.data()));
}

// Its CRC-32C takes an int as length.
constexpr size_t kMaxPiece = size_t{1} << 30;

// ISA-L's loops for AVX-512 leave the upper halves of the vector registers set. Until those are
// cleared, SSE code, which is what a compiler makes by default, takes four times as long.
#ifdef __x86_64__
__attribute__((target("avx"))) void ClearUpperHalves() { _mm256_zeroupper(); }
void EndVectorLoop() {
  if (__builtin_cpu_supports("avx")) ClearUpperHalves();
}
#else
void EndVectorLoop() {}
#endif

#endif

// Their bits reversed.
constexpr uint32_t kCastagnoli = 0x82f63b78;
constexpr uint32_t kZip = 0xedb88320;

// a * b modulo a polynomial; bit 31 is the coefficient of x^0.
constexpr uint32_t MultiplyModulo(uint32_t polynomial, uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (uint32_t bit = 0x80000000; bit != 0; bit >>= 1) {
    if (a & bit) product ^= b;
    b = (b >> 1) ^ ((b & 1) ? polynomial : 0);
  }
  return product;
}

// [i] = x^(8 * 2^i): what 2^i bytes of zeros do to a state.
using Powers = std::array<uint32_t, 64>;
constexpr Powers MakePowers(uint32_t polynomial) {
  Powers powers{};
  powers[0] = uint32_t{1} << (31 - 8);
  for (size_t i = 1; i < powers.size(); ++i)
    powers[i] = MultiplyModulo(polynomial, powers[i - 1], powers[i - 1]);
  return powers;
}
constexpr Powers kCastagnoliPowers = MakePowers(kCastagnoli);
constexpr Powers kZipPowers = MakePowers(kZip);

uint32_t Combine(uint32_t polynomial, const Powers& powers, uint32_t first, uint32_t second,
                 uint64_t second_nbytes) {
  for (size_t i = 0; second_nbytes != 0; ++i, second_nbytes >>= 1) {
    if (second_nbytes & 1) first = MultiplyModulo(polynomial, first, powers[i]);
  }
  return first ^ second;
}

// Small enough to stay in the second-level cache between the two passes over it.
constexpr size_t kCopyBlock = 256 << 10;
// The same where the next block is fetched during the second pass: longer ones come too late, or
// push others out of the first-level cache.
constexpr size_t kStreamedBlock = 4 << 10;
// Below this the caller probably reads the copy soon: let it stay in the cache.
constexpr size_t kStreamingThreshold = 1 << 20;

}  // namespace

#ifdef CAIRN_HAVE_ISAL

uint32_t ExtendCrc32c(uint32_t crc, Bytes bytes) {
  while (!bytes.empty()) {
    const Bytes piece = bytes.first(std::min(bytes.size(), kMaxPiece));
    // It inverts neither before nor after.
    crc = ~crc32_iscsi(IsalPointer(piece), static_cast<int>(piece.size()), ~crc);
    bytes = bytes.subspan(piece.size());
  }
  EndVectorLoop();
  return crc;
}

uint32_t ExtendCrc32(uint32_t crc, Bytes bytes) {
  if (bytes.empty()) return crc;
  crc = crc32_gzip_refl(crc, IsalPointer(bytes), bytes.size());
  EndVectorLoop();
  return crc;
}

#else

uint32_t ExtendCrc32c(uint32_t crc, Bytes bytes) { return PortableExtendCrc32c(crc, bytes); }
uint32_t ExtendCrc32(uint32_t crc, Bytes bytes) { return PortableExtendCrc32(crc, bytes); }

#endif

uint32_t ExtendChecksum(Checksum::Kind kind, uint32_t value, Bytes bytes) {
  return kind == Checksum::Kind::kCrc32c ? ExtendCrc32c(value, bytes) : ExtendCrc32(value, bytes);
}

uint32_t CombineChecksum(Checksum::Kind kind, uint32_t first, uint32_t second,
                         uint64_t second_nbytes) {
  if (first == 0 || second_nbytes == 0) return first ^ second;
  return kind == Checksum::Kind::kCrc32c
             ? Combine(kCastagnoli, kCastagnoliPowers, first, second, second_nbytes)
             : Combine(kZip, kZipPowers, first, second, second_nbytes);
}

uint32_t Crc32Behind(uint32_t first, uint32_t both, uint64_t second_nbytes) {
  return CombineChecksum(Checksum::Kind::kCrc32, first, both, second_nbytes);
}

uint32_t CopyAndExtendChecksum(Checksum::Kind kind, uint32_t value, Bytes from, std::byte* to) {
  const bool streaming = from.size() >= kStreamingThreshold;
  for (size_t done = 0; done < from.size();) {
    const size_t most = streaming ? kStreamedBlock : kCopyBlock;
    const Bytes block = from.subspan(done, std::min(most, from.size() - done));
    value = ExtendChecksum(kind, value, block);
    if (streaming) {
      CopyPastCache(block, to + done, kStreamedBlock);
    } else {
      std::memcpy(to + done, block.data(), block.size());
    }
    done += block.size();
  }
  if (streaming) FinishCopiesPastCache();
  return value;
}

}  // namespace cairn
