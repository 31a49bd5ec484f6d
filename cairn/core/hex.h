// 32-bit numbers as people compare them.
#ifndef CAIRN_CORE_HEX_H_
#define CAIRN_CORE_HEX_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace cairn {

// "0x0badcafe", always eight digits.
inline std::string Hex(uint32_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "0x";
  for (int shift = 28; shift >= 0; shift -= 4) text += kDigits[(value >> shift) & 15];
  return text;
}

}  // namespace cairn

#endif  // CAIRN_CORE_HEX_H_
