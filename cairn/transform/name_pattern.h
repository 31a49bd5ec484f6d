// Patterns over names of tensors: globs whose parts are separated by '/', or regular expressions.
//
//   *      any characters but '/'          [abc] [a-z]  one of these; never '/'
//   ?      one character but '/'           [!abc]       one character but these and '/'
//   **     any characters, also '/'        \x           the character x itself
//   a/**/b also matches a/b
//
// A glob matches whole names, and also the name that its text is, as `ls` shows it: `w[0]`, or
// `bad\xff` for a name that ends in the byte 0xff. A regular expression (RE2) matches anywhere in a
// name unless it is anchored. A character is a code point; in a name that is not UTF-8, a byte.
#ifndef CAIRN_TRANSFORM_NAME_PATTERN_H_
#define CAIRN_TRANSFORM_NAME_PATTERN_H_

#include <memory>
#include <string>
#include <string_view>

#include "cairn/core/export.h"
#include "cairn/core/status.h"

namespace cairn {

enum class PatternSyntax : uint8_t { kGlob, kRegex };

// Immutable, cheap to copy, safe to use from several threads at once. Matching takes time linear in
// the length of the name, whatever the pattern.
class CAIRN_EXPORT NamePattern {
 public:
  // Errors: kArgument with the pattern and what is wrong with it.
  static Result<NamePattern> Make(std::string_view text, PatternSyntax syntax);

  bool Matches(std::string_view name) const;
  // The text of the pattern as it was given.
  const std::string& text() const;

 private:
  struct Compiled;
  explicit NamePattern(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_NAME_PATTERN_H_
