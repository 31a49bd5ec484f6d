#include "cairn/core/escape.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "cairn/core/utf8.h"

namespace cairn {
namespace {

// Characters that could move the cursor, hide text or turn its direction.
bool IsUnsafe(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) || c == 0xfeff;
}

constexpr uint64_t InEachByte(uint8_t byte) { return byte * uint64_t{0x0101010101010101}; }

// Whether eight bytes are plain: for each test, the top bit of a byte is set where it fails. A
// borrow can set that of a later byte, too, but only where the test fails anyway.
bool IsPlainWord(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  const auto is_below = [](uint64_t w, uint8_t limit) { return (w - InEachByte(limit)) & ~w; };
  const uint64_t is_control = is_below(word, 0x20);
  const uint64_t is_delete = is_below(word ^ InEachByte(0x7f), 1);
  const uint64_t is_backslash = is_below(word ^ InEachByte('\\'), 1);
  return ((word | is_control | is_delete | is_backslash) & InEachByte(0x80)) == 0;
}

// Returns the value of a hex digit as AppendHex writes it, or nothing for another character.
std::optional<uint8_t> HexDigit(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<uint8_t>(c - 'a' + 10);
  return std::nullopt;
}

// Takes one escaped character, after its backslash, from the front of `shown`.
std::optional<char> TakeEscaped(std::string_view& shown) {
  const auto take = [&](char value, size_t nbytes) {
    shown.remove_prefix(nbytes);
    return value;
  };
  if (shown.starts_with('\\')) return take('\\', 1);
  if (shown.starts_with('n')) return take('\n', 1);
  if (shown.starts_with('t')) return take('\t', 1);
  if (shown.size() < 3 || shown[0] != 'x') return std::nullopt;
  const auto high = HexDigit(shown[1]);
  const auto low = HexDigit(shown[2]);
  if (!high || !low) return std::nullopt;
  return take(static_cast<char>(*high << 4 | *low), 3);
}

void AppendHex(std::string& out, uint8_t byte) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  out += "\\x";
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 15];
}

}  // namespace

bool IsPlain(std::string_view text) {
  const char* const end = text.data() + text.size();
  if (text.size() < sizeof(uint64_t))
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f && c != '\\'; });
  for (const char* at = text.data(); end - at > 8; at += 8) {
    if (!IsPlainWord(at)) return false;
  }
  return IsPlainWord(end - 8);  // some of these were seen already
}

bool IsUtf8(std::string_view text) {
  if (IsPlain(text)) return true;
  while (!text.empty()) {
    const CodePoint front = FirstCodePoint(text);
    if (front.nbytes == 0) return false;
    text.remove_prefix(front.nbytes);
  }
  return true;
}

void AppendEscaped(std::string& out, std::string_view text) {
  if (IsPlain(text)) {
    out += text;
    return;
  }
  while (!text.empty()) {
    const CodePoint front = FirstCodePoint(text);
    // Only the first byte of a malformed sequence is taken, since the next may begin a valid
    // character.
    const size_t nbytes = front.nbytes == 0 ? 1 : front.nbytes;
    if (front.nbytes == 0 || IsUnsafe(front.value)) {
      if (front.value == '\n')
        out += "\\n";
      else if (front.value == '\t')
        out += "\\t";
      else
        for (char c : text.substr(0, nbytes)) AppendHex(out, static_cast<uint8_t>(c));
    } else {
      // A backslash is doubled, so that different names stay different.
      if (front.value == '\\') out += '\\';
      out += text.substr(0, nbytes);
    }
    text.remove_prefix(nbytes);
  }
}

std::string Escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  AppendEscaped(out, text);
  return out;
}

std::optional<std::string> Unescape(std::string_view shown) {
  std::string text;
  for (std::string_view rest = shown; !rest.empty();) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c != '\\') {
      text += c;
      continue;
    }
    const auto escaped = TakeEscaped(rest);
    if (!escaped) return std::nullopt;
    text += *escaped;
  }
  // Escape has one form for each text: "\x41" is not how it shows "A".
  if (Escape(text) != shown) return std::nullopt;
  return text;
}

std::string Quoted(std::string_view text) { return "'" + Escape(text) + "'"; }

}  // namespace cairn
