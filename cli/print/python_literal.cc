#include "cli/print/python_literal.h"

#include <array>

#include "cairn/core/utf8.h"
#include "cli/print/code_point_range.h"

namespace cairn::cli {
namespace {

// Characters that Python's repr() escapes: spaces but the usual one, separators, format characters
// and code points for private use. Control characters are not among them.
constexpr std::array kUnseen = {
    CodePointRange{0x00a0, 0x00a0},     CodePointRange{0x00ad, 0x00ad},
    CodePointRange{0x0600, 0x0605},     CodePointRange{0x061c, 0x061c},
    CodePointRange{0x06dd, 0x06dd},     CodePointRange{0x070f, 0x070f},
    CodePointRange{0x0890, 0x0891},     CodePointRange{0x08e2, 0x08e2},
    CodePointRange{0x1680, 0x1680},     CodePointRange{0x180e, 0x180e},
    CodePointRange{0x2000, 0x200f},     CodePointRange{0x2028, 0x202f},
    CodePointRange{0x205f, 0x2064},     CodePointRange{0x2066, 0x206f},
    CodePointRange{0x3000, 0x3000},     CodePointRange{0xe000, 0xf8ff},
    CodePointRange{0xfeff, 0xfeff},     CodePointRange{0xfff9, 0xfffb},
    CodePointRange{0x110bd, 0x110bd},   CodePointRange{0x110cd, 0x110cd},
    CodePointRange{0x13430, 0x1343f},   CodePointRange{0x1bca0, 0x1bca3},
    CodePointRange{0x1d173, 0x1d17a},   CodePointRange{0xe0001, 0xe0001},
    CodePointRange{0xe0020, 0xe007f},   CodePointRange{0xf0000, 0xffffd},
    CodePointRange{0x100000, 0x10fffd},
};

bool IsControl(uint32_t code) { return code < 0x20 || (code >= 0x7f && code <= 0x9f); }

void AppendHexDigits(uint32_t code, int count, std::string& text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  while (count-- > 0) text += kHex[code >> (4 * count) & 15];
}

// "\n", "\x1b", "\u200b", "\U000e0001"
void AppendEscape(uint32_t code, std::string& text) {
  text += '\\';
  if (code == '\n') {
    text += 'n';
  } else if (code == '\r') {
    text += 'r';
  } else if (code == '\t') {
    text += 't';
  } else if (code < 0x100) {
    AppendHexDigits(code, 2, text += 'x');
  } else if (code < 0x10000) {
    AppendHexDigits(code, 4, text += 'u');
  } else {
    AppendHexDigits(code, 8, text += 'U');
  }
}

// repr() takes double quotes only if that saves an escape.
char QuoteFor(std::string_view text) {
  const bool has_single = text.find('\'') != text.npos;
  return has_single && text.find('"') == text.npos ? '"' : '\'';
}

// Escapes what cannot be seen, and puts a backslash before each of `escaped`.
std::string WithEscapes(std::string_view utf8, std::string_view escaped) {
  std::string text;
  while (!utf8.empty()) {
    const CodePoint first = FirstCodePoint(utf8);
    const std::string_view bytes = utf8.substr(0, std::max<size_t>(first.nbytes, 1));
    if (IsControl(first.value) || IsIn(kUnseen, first.value)) {
      AppendEscape(first.value, text);
    } else {
      if (escaped.find(bytes) != escaped.npos) text += '\\';
      text += bytes;
    }
    utf8.remove_prefix(bytes.size());
  }
  return text;
}

}  // namespace

std::string PythonBytes(std::string_view bytes) {
  const char quote = QuoteFor(bytes);
  std::string text = {'b', quote};
  for (const char c : bytes) {
    const auto code = static_cast<uint8_t>(c);
    if (c == quote || c == '\\') {
      text.append({'\\', c});
    } else if (code < 0x20 || code >= 0x7f) {
      AppendEscape(code, text);
    } else {
      text += c;
    }
  }
  return text + quote;
}

std::string PythonText(std::string_view utf8) {
  const char quote = QuoteFor(utf8);
  const char escaped[] = {quote, '\\', '\0'};
  return quote + WithEscapes(utf8, escaped) + quote;
}

std::string PythonTextWithoutQuotes(std::string_view utf8) { return WithEscapes(utf8, ""); }

}  // namespace cairn::cli
