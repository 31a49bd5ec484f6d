// UTF-8: code points to bytes and back.
#ifndef CAIRN_CORE_UTF8_H_
#define CAIRN_CORE_UTF8_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace cairn {

struct CodePoint {
  size_t nbytes = 0;  // in UTF-8; 0 where the bytes are malformed
  uint32_t value = 0;
};

// Returns the first code point of `text`, which is not empty. Overlong forms and surrogates are
// malformed.
CodePoint FirstCodePoint(std::string_view text);

// Appends a code point, at most 0x10ffff.
void AppendUtf8(uint32_t code, std::string& text);

// Returns the number of code points of `text`, which is UTF-8.
size_t CountCodePoints(std::string_view text);

}  // namespace cairn

#endif  // CAIRN_CORE_UTF8_H_
