// The protobuf text form as tokens, front to back. Who asks for tokens needs no recursion, however
// deep the text nests.
//
//   token:   name | string | symbol
//   name:    a run of letters, digits and _ + - .   (field names, numbers, enum values)
//   string:  "…" or '…', C escapes, on one line
//   symbol:  one of { } < > [ ] ( ) : ; , / and whatever else is one byte
//   # begins a comment that runs to the end of the line
#ifndef CAIRN_CODEC_TEXT_FORMAT_H_
#define CAIRN_CODEC_TEXT_FORMAT_H_

#include <string>
#include <string_view>

#include "cairn/core/status.h"

namespace cairn::text_format {

struct Token {
  enum class Kind : uint8_t { kEnd, kName, kString, kSymbol };

  Kind kind = Kind::kEnd;
  std::string_view text;  // as written, without the quotes of a string; a view of the input
  size_t line = 1;

  bool is(char symbol) const { return kind == Kind::kSymbol && text.front() == symbol; }
};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  // The next token, or kEnd again and again. Errors: kFormat (a string that does not end on its
  // line).
  Result<Token> Next();
  size_t line() const { return line_; }

 private:
  void SkipBlanks();
  Result<Token> NextString();
  Token Take(Token::Kind kind, size_t nbytes);

  std::string_view rest_;
  size_t line_ = 1;
};

// Appends what the inside of a string token stands for: \n \t … \ooo \xHH \uHHHH \UHHHHHHHH.
// A backslash before any other character is kept, as TensorFlow's reader does. Errors: kFormat.
Status AppendUnescaped(std::string_view inside, std::string& out);

// `text` in double quotes, escaped as Python's protobuf does: UTF-8 stays, control characters and
// bytes that are not UTF-8 become \ooo.
std::string Quote(std::string_view text);

// `value` as Python's repr writes it: the fewest digits that give it back, "1.0", "1e+22", "nan".
std::string FormatDouble(double value);
// Any decimal number, inf, infinity or nan, with a sign before it and an f after it. Out of range
// becomes infinity or zero. Errors: kFormat.
Result<double> ParseDouble(std::string_view text);

}  // namespace cairn::text_format

#endif  // CAIRN_CODEC_TEXT_FORMAT_H_
