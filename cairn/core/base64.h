// Bytes as text (RFC 4648).
#ifndef CAIRN_CORE_BASE64_H_
#define CAIRN_CORE_BASE64_H_

#include <optional>
#include <string>
#include <string_view>

namespace cairn {

std::string EncodeBase64(std::string_view bytes);
// Returns nothing if `text` is not what EncodeBase64 gives.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace cairn

#endif  // CAIRN_CORE_BASE64_H_
