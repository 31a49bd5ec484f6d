// Bytes from files, made safe to show.
#ifndef CAIRN_CORE_ESCAPE_H_
#define CAIRN_CORE_ESCAPE_H_

#include <optional>
#include <string>
#include <string_view>

#include "cairn/core/export.h"

namespace cairn {

// True if all of `text` is printable ASCII without a backslash: Escape leaves it as it is.
CAIRN_EXPORT bool IsPlain(std::string_view text);

// True for well-formed UTF-8 (no overlong forms, no surrogates).
CAIRN_EXPORT bool IsUtf8(std::string_view text);

// `text` with control characters, bidirectional controls, the backslash and bytes that are not
// UTF-8 written as \n, \t, \\ or
// \xNN (the bytes, two hex digits each). One line, valid UTF-8; two different texts stay different.
CAIRN_EXPORT std::string Escape(std::string_view text);
// Appends what Escape returns.
CAIRN_EXPORT void AppendEscaped(std::string& out, std::string_view text);

// Returns the text that Escape shows as `shown`; nothing if Escape shows no text so.
CAIRN_EXPORT std::optional<std::string> Unescape(std::string_view shown);

// 'text', escaped: how messages show a name.
CAIRN_EXPORT std::string Quoted(std::string_view text);

}  // namespace cairn

#endif  // CAIRN_CORE_ESCAPE_H_
