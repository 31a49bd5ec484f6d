// What the JSON library does not see.
#ifndef CAIRN_CODEC_JSON_TEXT_H_
#define CAIRN_CODEC_JSON_TEXT_H_

#include <string_view>

#include "cairn/core/status.h"

namespace cairn {

// nlohmann-json takes a NUL outside of a string for the end of the text, and passes over what is
// behind it: two readers would read two texts. Errors: kFormat.
inline Status CheckJsonText(std::string_view text) {
  const size_t at = text.find('\0');
  if (at == text.npos) return {};
  return Status(Reason::kFormat, "a NUL at byte " + std::to_string(at) + " of the JSON");
}

}  // namespace cairn

#endif  // CAIRN_CODEC_JSON_TEXT_H_
