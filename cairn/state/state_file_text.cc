#include "cairn/state/state_file_text.h"

// The text of a state file: bytes to StateFile and back.
#include "cairn/codec/text_format.h"
#include "cairn/core/escape.h"

namespace cairn {
namespace {

using text_format::Scanner;
using text_format::Token;

constexpr std::string_view kLatest = "model_checkpoint_path";
constexpr std::string_view kAll = "all_model_checkpoint_paths";
constexpr std::string_view kTimestamps = "all_model_checkpoint_timestamps";
constexpr std::string_view kLastPreserved = "last_preserved_timestamp";

Status Unexpected(const Token& token, std::string_view expected) {
  const std::string found =
      token.kind == Token::Kind::kEnd ? "the end of the file" : Quoted(token.text);
  return Status(Reason::kFormat, "line " + std::to_string(token.line) + ": expected " +
                                     std::string(expected) + ", found " + found);
}

char CloserOf(const Token& token) {
  if (token.is('{')) return '}';
  if (token.is('<')) return '>';
  return token.is('[') ? ']' : '\0';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : scanner_(text) {}

  Result<StateFile> Parse() {
    CAIRN_RETURN_IF_ERROR(Advance());
    while (token_.kind != Token::Kind::kEnd) {
      CAIRN_RETURN_IF_ERROR(ParseField());
      if (token_.is(';') || token_.is(',')) CAIRN_RETURN_IF_ERROR(Advance());
    }
    // The time stamps belong to the paths one by one; any other number of them tells nothing.
    if (state_.timestamps.size() != state_.all.size()) state_.timestamps.clear();
    return std::move(state_);
  }

 private:
  Status Advance() {
    CAIRN_ASSIGN_OR_RETURN(token_, scanner_.Next());
    return {};
  }

  Status ParseField() {
    const Token name = token_;
    if (name.is('[')) return SkipExtension();
    if (name.kind != Token::Kind::kName) return Unexpected(name, "a field name");
    CAIRN_RETURN_IF_ERROR(Advance());
    if (name.text == kLatest) return ParseLatest(name);
    if (name.text == kAll) {
      return ParseValues([this] { return AddString(state_.all.emplace_back()); });
    }
    if (name.text == kTimestamps) {
      return ParseValues([this] { return ReadDouble(state_.timestamps.emplace_back()); });
    }
    if (name.text == kLastPreserved) {
      CAIRN_RETURN_IF_ERROR(Expect(':'));
      return ReadDouble(state_.last_preserved_timestamp.emplace());
    }
    // Fields that are not known may come from a newer TensorFlow.
    return SkipValue();
  }

  Status ParseLatest(const Token& name) {
    if (has_latest_) {
      return Status(Reason::kDuplicate, "line " + std::to_string(name.line) + ": a second " +
                                            std::string(kLatest) + ", the newest is unknown");
    }
    has_latest_ = true;
    CAIRN_RETURN_IF_ERROR(Expect(':'));
    return AddString(state_.latest);
  }

  Status Expect(char symbol) {
    if (!token_.is(symbol)) return Unexpected(token_, Quoted(std::string(1, symbol)));
    return Advance();
  }

  // `: VALUE` or `: [VALUE, …]`.
  template <typename ParseOne>
  Status ParseValues(ParseOne parse_one) {
    CAIRN_RETURN_IF_ERROR(Expect(':'));
    if (!token_.is('[')) return parse_one();
    CAIRN_RETURN_IF_ERROR(Advance());
    if (token_.is(']')) return Advance();
    CAIRN_RETURN_IF_ERROR(parse_one());
    while (token_.is(',')) {
      CAIRN_RETURN_IF_ERROR(Advance());
      CAIRN_RETURN_IF_ERROR(parse_one());
    }
    return Expect(']');
  }

  // Strings one after the other are one string.
  Status AddString(std::string& to) {
    if (token_.kind != Token::Kind::kString) return Unexpected(token_, "a string in quotes");
    while (token_.kind == Token::Kind::kString) {
      CAIRN_RETURN_IF_ERROR(
          text_format::AppendUnescaped(token_.text, to).In("line " + std::to_string(token_.line)));
      CAIRN_RETURN_IF_ERROR(Advance());
    }
    return {};
  }

  Status ReadDouble(double& to) {
    if (token_.kind != Token::Kind::kName) return Unexpected(token_, "a number");
    CAIRN_ASSIGN_OR_RETURN(
        to, text_format::ParseDouble(token_.text).In("line " + std::to_string(token_.line)));
    return Advance();
  }

  // `[name.of.extension]` in place of a field name.
  Status SkipExtension() {
    CAIRN_RETURN_IF_ERROR(SkipNested());
    return SkipValue();
  }

  // The value of a field that we do not know: `: SCALAR`, or a message or list with or without the
  // colon.
  Status SkipValue() {
    const bool has_colon = token_.is(':');
    if (has_colon) CAIRN_RETURN_IF_ERROR(Advance());
    if (CloserOf(token_) != '\0') return SkipNested();
    if (!has_colon) return Unexpected(token_, "':'");
    if (token_.kind == Token::Kind::kName) return Advance();
    std::string dropped;
    return AddString(dropped);
  }

  // From an opening bracket to just after its closing one.
  Status SkipNested() {
    const size_t first_line = token_.line;
    // The file decides how deep brackets nest, so there is a stack here and no recursion.
    std::string closers;
    do {
      if (token_.kind == Token::Kind::kEnd) {
        return Unexpected(token_, Quoted(closers.substr(closers.size() - 1)) + " (opened on line " +
                                      std::to_string(first_line) + " or later)");
      }
      if (const char closer = CloserOf(token_); closer != '\0') {
        closers += closer;
      } else if (token_.is(closers.back())) {
        closers.pop_back();
      } else if (token_.is('}') || token_.is('>') || token_.is(']')) {
        return Unexpected(token_, Quoted(closers.substr(closers.size() - 1)));
      }
      CAIRN_RETURN_IF_ERROR(Advance());
    } while (!closers.empty());
    return {};
  }

  Scanner scanner_;
  Token token_;
  StateFile state_;
  bool has_latest_ = false;
};

}  // namespace

Result<StateFile> ParseStateFile(std::string_view text) {
  if (text.size() > kMaxStateFileNbytes) {
    return Status(Reason::kLimit, "a state file of " + std::to_string(text.size()) +
                                      " bytes, at most " + std::to_string(kMaxStateFileNbytes) +
                                      " are read");
  }
  return Parser(text).Parse();
}

std::string FormatStateFile(const StateFile& state) {
  std::string text;
  const auto add = [&](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\n");
  };
  if (!state.latest.empty()) add(kLatest, text_format::Quote(state.latest));
  for (const std::string& path : state.all) add(kAll, text_format::Quote(path));
  for (const double time : state.timestamps) add(kTimestamps, text_format::FormatDouble(time));
  // Zero is the default of the field, and TensorFlow writes no defaults.
  if (state.last_preserved_timestamp.value_or(0) != 0)
    add(kLastPreserved, text_format::FormatDouble(*state.last_preserved_timestamp));
  return text;
}

}  // namespace cairn
