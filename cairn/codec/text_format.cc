#include "cairn/codec/text_format.h"

#include <algorithm>
#include <array>

#include "cairn/core/escape.h"
#include "cairn/core/utf8.h"

namespace cairn::text_format {
namespace {

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-' || c == '+';
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int OctalDigit(char c) { return c >= '0' && c <= '7' ? c - '0' : -1; }

// Reads up to `max_digits` digits off the front.
struct Digits {
  uint32_t value = 0;
  size_t count = 0;
};

template <typename DigitOf>
Digits TakeDigits(std::string_view& rest, size_t max_digits, uint32_t base, DigitOf digit_of) {
  Digits digits;
  while (digits.count < max_digits && !rest.empty() && digit_of(rest.front()) >= 0) {
    digits.value = digits.value * base + static_cast<uint32_t>(digit_of(rest.front()));
    ++digits.count;
    rest.remove_prefix(1);
  }
  return digits;
}

// \uHHHH or \UHHHHHHHH, whose `num_digits` begin `rest`.
Status AppendCodePoint(std::string_view& rest, size_t num_digits, std::string& out) {
  const Digits digits = TakeDigits(rest, num_digits, 16, HexDigit);
  const bool is_surrogate = digits.value >= 0xd800 && digits.value <= 0xdfff;
  if (digits.count < num_digits || digits.value > 0x10ffff || is_surrogate)
    return Status(Reason::kFormat, "an escape of a code point that is none");
  AppendUtf8(digits.value, out);
  return {};
}

struct SimpleEscape {
  char letter;
  char value;
};
constexpr std::array kSimpleEscapes = {
    SimpleEscape{'n', '\n'},  SimpleEscape{'t', '\t'},  SimpleEscape{'r', '\r'},
    SimpleEscape{'a', '\a'},  SimpleEscape{'b', '\b'},  SimpleEscape{'f', '\f'},
    SimpleEscape{'v', '\v'},  SimpleEscape{'\\', '\\'}, SimpleEscape{'"', '"'},
    SimpleEscape{'\'', '\''},
};

// One escape, whose backslash is already gone from `rest`.
Status AppendEscape(std::string_view& rest, std::string& out) {
  if (rest.empty()) return Status(Reason::kFormat, "a string ends in a backslash");
  if (OctalDigit(rest.front()) >= 0) {
    const Digits digits = TakeDigits(rest, 3, 8, OctalDigit);
    if (digits.value > 0xff) return Status(Reason::kFormat, "an octal escape above \\377");
    out += static_cast<char>(digits.value);
    return {};
  }
  const char letter = rest.front();
  rest.remove_prefix(1);
  if (letter == 'x' || letter == 'X') {
    const Digits digits = TakeDigits(rest, 2, 16, HexDigit);
    if (digits.count == 0) return Status(Reason::kFormat, "\\x without digits");
    out += static_cast<char>(digits.value);
    return {};
  }
  if (letter == 'u') return AppendCodePoint(rest, 4, out);
  if (letter == 'U') return AppendCodePoint(rest, 8, out);
  const auto simple = std::ranges::find(kSimpleEscapes, letter, &SimpleEscape::letter);
  // TensorFlow's reader keeps the backslash of an escape that it does not know, so the same path
  // must result here.
  if (simple == kSimpleEscapes.end()) {
    out += '\\';
    out += letter;
  } else {
    out += simple->value;
  }
  return {};
}

}  // namespace

void Scanner::SkipBlanks() {
  while (!rest_.empty()) {
    if (rest_.front() == '#') {
      rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
      continue;
    }
    if (std::string_view(" \t\r\n\v\f").find(rest_.front()) == std::string_view::npos) return;
    if (rest_.front() == '\n') ++line_;
    rest_.remove_prefix(1);
  }
}

Token Scanner::Take(Token::Kind kind, size_t nbytes) {
  const Token token{kind, rest_.substr(0, nbytes), line_};
  rest_.remove_prefix(nbytes);
  return token;
}

Result<Token> Scanner::NextString() {
  const char quote = rest_.front();
  for (size_t i = 1; i < rest_.size() && rest_[i] != '\n'; ++i) {
    if (rest_[i] == '\\' && i + 1 < rest_.size() && rest_[i + 1] != '\n') {
      ++i;  // whatever follows does not end the string
    } else if (rest_[i] == quote) {
      rest_.remove_prefix(1);
      const Token token = Take(Token::Kind::kString, i - 1);
      rest_.remove_prefix(1);
      return token;
    }
  }
  return Status(Reason::kFormat, "line " + std::to_string(line_) + ": a string without an end");
}

Result<Token> Scanner::Next() {
  SkipBlanks();
  if (rest_.empty()) return Token{Token::Kind::kEnd, {}, line_};
  if (rest_.front() == '"' || rest_.front() == '\'') return NextString();
  const auto name_end = std::ranges::find_if_not(rest_, IsNameByte);
  const auto nbytes = static_cast<size_t>(name_end - rest_.begin());
  return nbytes > 0 ? Take(Token::Kind::kName, nbytes) : Take(Token::Kind::kSymbol, 1);
}

Status AppendUnescaped(std::string_view inside, std::string& out) {
  while (!inside.empty()) {
    const size_t plain = std::min(inside.find('\\'), inside.size());
    out.append(inside.substr(0, plain));
    inside.remove_prefix(plain);
    if (inside.empty()) break;
    inside.remove_prefix(1);
    CAIRN_RETURN_IF_ERROR(AppendEscape(inside, out));
  }
  return {};
}

std::string Quote(std::string_view text) {
  const bool is_utf8 = IsUtf8(text);
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '"' || c == '\'' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !is_utf8)) {
      out += '\\';
      for (const int shift : {6, 3, 0}) out += static_cast<char>('0' + (byte >> shift & 7));
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace cairn::text_format
