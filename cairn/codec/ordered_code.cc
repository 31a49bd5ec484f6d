#include "cairn/codec/ordered_code.h"

#include <array>

namespace cairn {
namespace {

constexpr size_t kMaxSignedNbytes = 10;

// The bits that mark a signed number of n bytes: n ones, at most 10, from the highest of 16 down.
constexpr uint16_t Mark(size_t n) { return static_cast<uint16_t>(0xffff << (16 - n)); }

// How many bytes `value` takes. It is not negative.
size_t SignedNbytes(uint64_t value) {
  size_t n = 1;
  while (n < kMaxSignedNbytes && 7 * n - 1 < 64 && value >> (7 * n - 1) != 0) ++n;
  return n;
}

}  // namespace

void AppendOrderedNumber(std::string& out, uint64_t value) {
  int count = 0;
  while (count < 8 && value >> (8 * count) != 0) ++count;
  out += static_cast<char>(count);
  for (int i = count; i-- > 0;) out += static_cast<char>(value >> (8 * i));
}

void AppendOrderedString(std::string& out, std::string_view text) {
  for (const char c : text) {
    out += c;
    if (c == '\0') out += '\xff';
    if (c == '\xff') out += '\0';
  }
  out.append("\0\x01", 2);
}

void AppendOrderedSigned(std::string& out, int64_t value) {
  // A negative number is the inverse of what is not negative.
  const bool is_negative = value < 0;
  const auto bits = static_cast<uint64_t>(is_negative ? ~value : value);
  const size_t n = SignedNbytes(bits);
  std::array<uint8_t, kMaxSignedNbytes> bytes = {};
  for (size_t i = 0; i < n; ++i) {
    const size_t shift = 8 * (n - 1 - i);
    bytes[i] = static_cast<uint8_t>(shift < 64 ? bits >> shift : 0);
  }
  bytes[0] = static_cast<uint8_t>(bytes[0] | Mark(n) >> 8);
  bytes[1] = static_cast<uint8_t>(bytes[1] | Mark(n));
  for (size_t i = 0; i < n; ++i) out += static_cast<char>(is_negative ? ~bytes[i] : bytes[i]);
}

std::optional<uint64_t> OrderedCodeReader::ReadNumber() {
  if (rest_.empty()) return std::nullopt;
  const auto count = static_cast<uint8_t>(rest_[0]);
  if (count > 8 || rest_.size() - 1 < count) return std::nullopt;
  if (count > 0 && rest_[1] == '\0') return std::nullopt;
  uint64_t value = 0;
  for (size_t i = 1; i <= count; ++i) value = value << 8 | static_cast<uint8_t>(rest_[i]);
  rest_.remove_prefix(1 + count);
  return value;
}

std::optional<std::string> OrderedCodeReader::ReadString() {
  std::string text;
  for (size_t i = 0; i < rest_.size(); ++i) {
    const char c = rest_[i];
    if (c != '\0' && c != '\xff') {
      text += c;
      continue;
    }
    if (++i == rest_.size()) return std::nullopt;
    if (c == '\0' && rest_[i] == '\x01') {
      rest_.remove_prefix(i + 1);
      return text;
    }
    // Any other pair is no escape. Accepting it would give one name several keys.
    if (rest_[i] != (c == '\0' ? '\xff' : '\0')) return std::nullopt;
    text += c;
  }
  return std::nullopt;
}

std::optional<int64_t> OrderedCodeReader::ReadSigned() {
  if (rest_.empty()) return std::nullopt;
  const bool is_negative = (rest_[0] & 0x80) == 0;
  const auto byte = [&](size_t i) {
    return static_cast<uint8_t>(is_negative ? ~rest_[i] : rest_[i]);
  };
  const auto head = static_cast<uint16_t>(byte(0) << 8 | (rest_.size() > 1 ? byte(1) : 0));
  // The number of leading ones is the number of bytes.
  size_t n = 1;
  while (n <= kMaxSignedNbytes && (head & (0x8000 >> n)) != 0) ++n;
  if (n > kMaxSignedNbytes || rest_.size() < n) return std::nullopt;
  uint64_t bits = 0;
  for (size_t i = 0; i < n; ++i) {
    uint8_t plain = byte(i);
    if (i == 0) plain &= static_cast<uint8_t>(~(Mark(n) >> 8));
    if (i == 1) plain &= static_cast<uint8_t>(~Mark(n));
    // The shift would lose bits: the number has more than 64.
    if (bits >> 56 != 0) return std::nullopt;
    bits = bits << 8 | plain;
  }
  if (bits > INT64_MAX) return std::nullopt;
  const int64_t value = is_negative ? ~static_cast<int64_t>(bits) : static_cast<int64_t>(bits);
  // A code that is longer than necessary would give one number several keys.
  std::string shortest;
  AppendOrderedSigned(shortest, value);
  if (shortest.size() != n) return std::nullopt;
  rest_.remove_prefix(n);
  return value;
}

}  // namespace cairn
