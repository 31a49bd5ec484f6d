#include "cairn/transform/name_pattern.h"

#include <re2/re2.h>

#include "cairn/core/escape.h"
#include "cairn/transform/glob.h"

namespace cairn {

// Two automata of one pattern: what a character is depends on the name.
struct NamePattern::Compiled {
  std::string text;
  std::unique_ptr<RE2> by_code_point;     // null where the pattern itself is not UTF-8
  std::unique_ptr<RE2> by_byte;           // null where the pattern is only a name
  std::optional<std::string> shown_name;  // of a glob: the name that Escape shows like its text
};

namespace {

re2::StringPiece PieceOf(std::string_view text) { return {text.data(), text.size()}; }

Result<std::unique_ptr<RE2>> Compile(std::string_view regex, RE2::Options::Encoding encoding) {
  RE2::Options options;
  options.set_encoding(encoding);
  options.set_log_errors(false);
  options.set_never_capture(true);
  auto compiled = std::make_unique<RE2>(PieceOf(regex), options);
  if (!compiled->ok()) return Status(Reason::kArgument, Escape(compiled->error()));
  return compiled;
}

}  // namespace

Result<NamePattern> NamePattern::Make(std::string_view text, PatternSyntax syntax) {
  const std::string place = "pattern " + Quoted(text);
  auto pattern = std::make_shared<Compiled>();
  pattern->text = text;
  std::string regex(text);
  if (syntax == PatternSyntax::kGlob) {
    pattern->shown_name = Unescape(text);
    Result<std::string> translated = GlobToRegex(text);
    // Such escapes are typed only to name a tensor, and its other characters mean themselves.
    const bool has_escapes = pattern->shown_name && *pattern->shown_name != text;
    if (!translated.ok() && has_escapes) return NamePattern(std::move(pattern));
    CAIRN_ASSIGN_OR_RETURN(regex, std::move(translated).In(place));
  }
  if (IsUtf8(text)) {
    CAIRN_ASSIGN_OR_RETURN(pattern->by_code_point,
                           Compile(regex, RE2::Options::EncodingUTF8).In(place));
  }
  CAIRN_ASSIGN_OR_RETURN(pattern->by_byte, Compile(regex, RE2::Options::EncodingLatin1).In(place));
  return NamePattern(std::move(pattern));
}

bool NamePattern::Matches(std::string_view name) const {
  if (name == compiled_->shown_name) return true;
  if (compiled_->by_byte == nullptr) return false;
  const bool use_code_points = compiled_->by_code_point != nullptr && IsUtf8(name);
  const RE2& regex = use_code_points ? *compiled_->by_code_point : *compiled_->by_byte;
  return RE2::PartialMatch(PieceOf(name), regex);
}

const std::string& NamePattern::text() const { return compiled_->text; }

}  // namespace cairn
