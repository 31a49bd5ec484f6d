#include "cairn/core/escape.h"

#include <cstdint>

namespace cairn {
namespace {

// One code point at the front of `text`: how many bytes it takes (0 = malformed) and which it is.
struct CodePoint {
  size_t nbytes = 0;
  uint32_t value = 0;
};

CodePoint DecodeFront(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {1, lead};
  const size_t nbytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < nbytes) return {};
  uint32_t value = lead & (0x7f >> nbytes);
  for (size_t i = 1; i < nbytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3f);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kSmallest[nbytes] || value > 0x10ffff || is_surrogate) return {};
  return {nbytes, value};
}

// Characters that could move the cursor, hide text or turn its direction.
bool IsUnsafe(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) || c == 0xfeff;
}

void AppendHex(std::string& out, uint8_t byte) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  out += "\\x";
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 15];
}

}  // namespace

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const CodePoint front = DecodeFront(text);
    if (front.nbytes == 0) return false;
    text.remove_prefix(front.nbytes);
  }
  return true;
}

std::string Escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint front = DecodeFront(text);
    const size_t nbytes = front.nbytes == 0 ? 1 : front.nbytes;
    if (front.nbytes == 0 || IsUnsafe(front.value)) {
      if (front.value == '\n')
        out += "\\n";
      else if (front.value == '\t')
        out += "\\t";
      else
        for (char c : text.substr(0, nbytes)) AppendHex(out, static_cast<uint8_t>(c));
    } else {
      if (front.value == '\\') out += '\\';
      out += text.substr(0, nbytes);
    }
    text.remove_prefix(nbytes);
  }
  return out;
}

std::string Quoted(std::string_view text) { return "'" + Escape(text) + "'"; }

}  // namespace cairn
