#include "cairn/core/base64.h"

#include <cstdint>

namespace cairn {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string EncodeBase64(std::string_view bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < group.size() ? static_cast<uint8_t>(group[k]) : 0);
    for (size_t k = 0; k < 4; ++k)
      text += k <= group.size() ? kDigits[(bits >> (18 - 6 * k)) & 63] : '=';
  }
  return text;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 4) {
    uint32_t bits = 0;
    size_t num_digits = 0;
    for (; num_digits < 4 && text[i + num_digits] != '='; ++num_digits) {
      const size_t digit = kDigits.find(text[i + num_digits]);
      if (digit == kDigits.npos) return std::nullopt;
      bits |= static_cast<uint32_t>(digit) << (18 - 6 * num_digits);
    }
    for (size_t k = 0; k + 1 < num_digits; ++k) bytes += static_cast<char>(bits >> (16 - 8 * k));
  }
  // Padding in the middle, bits that are left over: not of our making.
  return EncodeBase64(bytes) == text ? std::optional(bytes) : std::nullopt;
}

}  // namespace cairn
