// A checksum of stored bytes: its kind and its value. io/checksum.h computes them.
#ifndef CAIRN_CORE_CHECKSUM_H_
#define CAIRN_CORE_CHECKSUM_H_

#include <cstdint>

namespace cairn {

struct Checksum {
  enum class Kind : uint8_t { kCrc32c, kCrc32 };

  Kind kind = Kind::kCrc32c;
  uint32_t value = 0;  // as computed, never masked

  friend bool operator==(const Checksum&, const Checksum&) = default;
};

}  // namespace cairn

#endif  // CAIRN_CORE_CHECKSUM_H_
