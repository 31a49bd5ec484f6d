#include "cairn/transform/glob.h"

namespace cairn {
namespace {

// Walks a glob from its first character to its last and writes the regular expression.
class GlobTranslator {
 public:
  explicit GlobTranslator(std::string_view glob) : glob_(glob) {}

  Result<std::string> Translate() {
    while (at_ < glob_.size()) CAIRN_RETURN_IF_ERROR(TranslateNext());
    return "(?s)\\A(?:" + regex_ + ")\\z";
  }

 private:
  Status TranslateNext() {
    const char c = glob_[at_];
    if (c == '[') return TranslateSet();
    ++at_;
    if (c == '*') {
      TranslateStar();
    } else if (c == '?') {
      regex_ += "[^/]";
    } else if (c == '\\') {
      if (at_ == glob_.size()) return Status(Reason::kArgument, "ends in a single '\\'");
      AppendLiteral(glob_[at_++]);
    } else {
      AppendLiteral(c);
    }
    return {};
  }

  // `at_` is after the first star.
  void TranslateStar() {
    const size_t first = at_ - 1;
    if (!Take('*')) {
      regex_ += "[^/]*";
      return;
    }
    while (Take('*')) {
    }
    // Between slashes, or in front of one, `**` stands for any number of whole parts: also none.
    const bool begins_a_part = first == 0 || glob_[first - 1] == '/';
    if (begins_a_part && Take('/'))
      regex_ += "(?:.*/)?";
    else
      regex_ += ".*";
  }

  Status TranslateSet() {
    const size_t first = at_++;
    const bool is_negated = Take('!') || Take('^');
    std::string set = is_negated ? "[^/" : "[";
    bool is_empty = true;
    // A ']' that comes first stands for itself.
    while (at_ < glob_.size() && (glob_[at_] != ']' || is_empty)) {
      CAIRN_RETURN_IF_ERROR(AppendSetMember(set));
      is_empty = false;
    }
    if (!Take(']')) {
      return Status(Reason::kArgument,
                    "the '[' at position " + std::to_string(first) + " is not closed")
          .WithHint("write \\[ for the character itself");
    }
    regex_ += set + "]";
    return {};
  }

  // One character, or a range `a-z`.
  Status AppendSetMember(std::string& set) {
    const std::string_view low = TakeCharacter();
    const bool is_range = at_ + 1 < glob_.size() && glob_[at_] == '-' && glob_[at_ + 1] != ']';
    if (!is_range) {
      // A set stands for one character of a part of a name, and a part has no slash.
      if (low == "/") return Status(Reason::kArgument, "'[…]' cannot stand for '/'");
      AppendEscaped(set, low);
      return {};
    }
    ++at_;
    const std::string_view high = TakeCharacter();
    // A character of several bytes comes after '/', which is ASCII.
    const bool reaches_slash = high.size() > 1 || high[0] >= '/';
    if (low.size() == 1 && low[0] <= '/' && reaches_slash)
      return Status(Reason::kArgument, "the range '" + std::string(low) + "-" + std::string(high) +
                                           "' cannot stand for '/'");
    AppendEscaped(set, low);
    set += '-';
    AppendEscaped(set, high);
    return {};
  }

  // A character of a set with its continuation bytes, its backslash taken off.
  std::string_view TakeCharacter() {
    if (glob_[at_] == '\\' && at_ + 1 < glob_.size()) ++at_;
    const size_t first = at_++;
    while (at_ < glob_.size() && (static_cast<uint8_t>(glob_[at_]) & 0xc0) == 0x80) ++at_;
    return glob_.substr(first, at_ - first);
  }

  bool Take(char wanted) {
    if (at_ == glob_.size() || glob_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  void AppendLiteral(char c) { AppendEscaped(regex_, std::string_view(&c, 1)); }

  // RE2 takes a backslash before any ASCII punctuation for the character itself.
  static void AppendEscaped(std::string& out, std::string_view character) {
    const auto first = static_cast<uint8_t>(character[0]);
    const bool is_word = (first >= '0' && first <= '9') || (first >= 'A' && first <= 'Z') ||
                         (first >= 'a' && first <= 'z') || first == '_' || first >= 0x80;
    if (first == 0) {
      out += "\\x00";
      return;
    }
    if (!is_word && first > 0x20 && first < 0x7f) out += '\\';
    out += character;
  }

  std::string_view glob_;
  size_t at_ = 0;
  std::string regex_;
};

}  // namespace

Result<std::string> GlobToRegex(std::string_view glob) { return GlobTranslator(glob).Translate(); }

}  // namespace cairn
