// Reads numbers and ranges off untrusted bytes, front to back, never past their end.
#ifndef CAIRN_CORE_BYTE_READER_H_
#define CAIRN_CORE_BYTE_READER_H_

#include <optional>

#include "cairn/core/bytes.h"

namespace cairn {

// Each Read gives nothing, and leaves the position alone, where too few bytes are left or they are
// malformed.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : bytes_(bytes) {}

  size_t position() const { return position_; }
  size_t remaining() const { return bytes_.size() - position_; }
  bool done() const { return remaining() == 0; }

  template <typename T>
  std::optional<T> ReadFixed() {
    if (remaining() < sizeof(T)) return std::nullopt;
    const T value = LoadLittleEndian<T>(bytes_.data() + position_);
    position_ += sizeof(T);
    return value;
  }

  std::optional<Bytes> ReadBytes(uint64_t count) {
    if (count > remaining()) return std::nullopt;
    const Bytes bytes = bytes_.subspan(position_, count);
    position_ += count;
    return bytes;
  }

  // Base-128 varint of at most 10 bytes whose value fits in 64 bits.
  std::optional<uint64_t> ReadVarint64() {
    uint64_t value = 0;
    for (size_t i = 0; i < 10 && i < remaining(); ++i) {
      const auto byte = std::to_integer<uint64_t>(bytes_[position_ + i]);
      if (i == 9 && byte > 1) return std::nullopt;
      value |= (byte & 0x7f) << (7 * i);
      if (byte < 0x80) {
        position_ += i + 1;
        return value;
      }
    }
    return std::nullopt;
  }

  // The same, for values that fit in 32 bits (at most 5 bytes).
  std::optional<uint32_t> ReadVarint32() {
    uint32_t value = 0;
    // Lengths, which are most of what is read, take one byte.
    if (!done() && std::to_integer<uint8_t>(bytes_[position_]) < 0x80) {
      value = std::to_integer<uint32_t>(bytes_[position_++]);
    } else if (!ReadLongVarint32(value)) {
      return std::nullopt;
    }
    return value;
  }

 private:
  // Apart, so that the short form is compiled into whoever calls it.
  [[gnu::noinline]] bool ReadLongVarint32(uint32_t& value) {
    const size_t start = position_;
    const auto read = ReadVarint64();
    if (read && *read <= UINT32_MAX && position_ - start <= 5) {
      value = static_cast<uint32_t>(*read);
      return true;
    }
    position_ = start;
    return false;
  }

  Bytes bytes_;
  size_t position_ = 0;
};

}  // namespace cairn

#endif  // CAIRN_CORE_BYTE_READER_H_
