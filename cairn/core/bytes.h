// Views of bytes, and little-endian numbers in them.
#ifndef CAIRN_CORE_BYTES_H_
#define CAIRN_CORE_BYTES_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace cairn {

static_assert(std::endian::native == std::endian::little, "Cairn runs on little-endian hosts");

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

inline Bytes AsBytes(std::string_view text) { return std::as_bytes(std::span(text)); }

inline std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Copies all bytes to a place that has room for them and does not overlap. GCC 12 makes a loop of
// 16 bytes a turn of std::ranges::copy.
inline void CopyBytes(Bytes from, std::byte* to) {
  if (!from.empty()) std::memcpy(to, from.data(), from.size());
}

// Any trivially copyable number, from any address.
template <typename T>
T LoadLittleEndian(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <typename T>
void StoreLittleEndian(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

}  // namespace cairn

#endif  // CAIRN_CORE_BYTES_H_
