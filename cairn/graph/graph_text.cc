#include "cairn/graph/graph_text.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

#include <protozero/pbf_writer.hpp>

#include "cairn/codec/text_format.h"
#include "cairn/core/dtype.h"
#include "cairn/core/escape.h"
#include "cairn/graph/saved_model.h"
#include "cairn/graph/text_fields.h"

namespace cairn {
namespace {

using text_format::Scanner;
using text_format::Token;
using Kind = TextField::Kind;

constexpr size_t kMaxDepth = 100;
constexpr size_t kFrontNbytes = 512;
constexpr int64_t kRefOffset = 100;  // of the code of DT_FLOAT_REF from that of DT_FLOAT

Status AtLine(const Token& token, const std::string& what) {
  return Status(Reason::kFormat, "line " + std::to_string(token.line) + ": " + what);
}

Status Unexpected(const Token& token, std::string_view expected) {
  const std::string found =
      token.kind == Token::Kind::kEnd ? "the end of the file" : Quoted(token.text);
  return AtLine(token, "expected " + std::string(expected) + ", found " + found);
}

// Decimal, 0x hexadecimal or 0 octal, as the text form has them.
Result<int64_t> ParseInteger(const Token& token) {
  std::string_view digits = token.text;
  const bool is_negative = digits.starts_with('-');
  if (is_negative) digits.remove_prefix(1);
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    base = 16;
    digits.remove_prefix(2);
  } else if (digits.size() > 1 && digits.starts_with('0')) {
    base = 8;
  }
  uint64_t value = 0;
  const auto [stop, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || stop != digits.data() + digits.size())
    return Unexpected(token, "an integer");
  return static_cast<int64_t>(is_negative ? 0 - value : value);
}

Result<bool> ParseBool(const Token& token) {
  for (const std::string_view yes : {"true", "True", "t", "1"}) {
    if (token.text == yes) return true;
  }
  for (const std::string_view no : {"false", "False", "f", "0"}) {
    if (token.text == no) return false;
  }
  return Unexpected(token, "true or false");
}

// The name of an enumerator or its number. One that no table has is dtype 0, "not known".
Result<int64_t> ParseDType(const Token& token) {
  std::string_view name = token.text;
  if (!name.starts_with("DT_")) return ParseInteger(token);
  const bool is_ref = name.ends_with("_REF");
  if (is_ref) name.remove_suffix(4);
  const auto found = std::ranges::find(kDTypes, name, &DTypeInfo::tf_name);
  if (found == kDTypes.end()) return 0;
  return static_cast<int64_t>(found->dtype) + (is_ref ? kRefOffset : 0);
}

// Turns one text into one message, with a stack of its own for the messages that it is in.
class Transcoder {
 public:
  Transcoder(std::string_view text, TextMessage root) : scanner_(text) {
    frames_.push_back({root, nullptr, '\0', false, {}});
  }

  Result<std::string> Run() {
    CAIRN_RETURN_IF_ERROR(Advance());
    while (token_.kind != Token::Kind::kEnd || frames_.size() > 1) {
      CAIRN_RETURN_IF_ERROR(frames_.back().is_in_list ? ParseInList() : ParseInMessage());
    }
    if (frames_.back().is_in_list) return Unexpected(token_, "']'");
    return std::move(frames_.back().bytes);
  }

 private:
  struct Frame {
    TextMessage message;
    const TextField* field;  // of the parent, or the one whose list is read; null: unknown
    char closer;
    bool is_in_list;
    std::string bytes;
    const TextField* list_field = nullptr;
  };

  Status Advance() {
    CAIRN_ASSIGN_OR_RETURN(token_, scanner_.Next());
    return {};
  }

  // One field of a message, its end, or a separator.
  Status ParseInMessage() {
    if (token_.is(';') || token_.is(',')) return Advance();
    if (frames_.size() > 1 && token_.is(frames_.back().closer)) return Close();
    const TextField* field = nullptr;
    if (token_.is('[')) {
      CAIRN_RETURN_IF_ERROR(SkipExtensionName());
    } else if (token_.kind == Token::Kind::kName) {
      field = FindTextField(frames_.back().message, token_.text);
      CAIRN_RETURN_IF_ERROR(Advance());
    } else {
      return Unexpected(token_, frames_.size() > 1 ? "a field or '}'" : "a field");
    }
    if (token_.is(':')) CAIRN_RETURN_IF_ERROR(Advance());
    if (!token_.is('[')) return ParseValue(field);
    frames_.back().is_in_list = true;
    frames_.back().list_field = field;
    return Advance();
  }

  // One value of "[a, b]", its end, or a comma.
  Status ParseInList() {
    if (token_.is(',')) return Advance();
    if (token_.is(']')) {
      frames_.back().is_in_list = false;
      return Advance();
    }
    return ParseValue(frames_.back().list_field);
  }

  // `[type.googleapis.com/name]` in place of a field name.
  Status SkipExtensionName() {
    while (!token_.is(']')) {
      CAIRN_RETURN_IF_ERROR(Advance());
      if (token_.kind == Token::Kind::kEnd) return Unexpected(token_, "']'");
    }
    return Advance();
  }

  Status ParseValue(const TextField* field) {
    if (token_.is('{') || token_.is('<')) return Open(field);
    if (field != nullptr && field->kind == Kind::kMessage) return Unexpected(token_, "'{'");
    if (token_.kind == Token::Kind::kString) return ParseString(field);
    if (token_.kind != Token::Kind::kName) return Unexpected(token_, "a value");
    if (field != nullptr) CAIRN_RETURN_IF_ERROR(AddScalar(*field));
    return Advance();
  }

  // Strings one after the other are one string.
  Status ParseString(const TextField* field) {
    if (field != nullptr && field->kind != Kind::kBytes) return Unexpected(token_, "a number");
    std::string value;
    for (; token_.kind == Token::Kind::kString;) {
      if (field != nullptr) {
        const Status unescaped = text_format::AppendUnescaped(token_.text, value);
        if (!unescaped.ok()) return AtLine(token_, std::string(unescaped.message()));
      }
      CAIRN_RETURN_IF_ERROR(Advance());
    }
    if (field != nullptr) Writer().add_bytes(field->tag, value);
    return {};
  }

  Status AddScalar(const TextField& field) {
    switch (field.kind) {
      case Kind::kMessage:
      case Kind::kBytes:
        return Unexpected(token_, "a string in quotes");
      case Kind::kInteger: {
        CAIRN_ASSIGN_OR_RETURN(const int64_t value, ParseInteger(token_));
        Writer().add_int64(field.tag, value);
        return {};
      }
      case Kind::kDType: {
        CAIRN_ASSIGN_OR_RETURN(const int64_t value, ParseDType(token_));
        Writer().add_int64(field.tag, value);
        return {};
      }
      case Kind::kBool: {
        CAIRN_ASSIGN_OR_RETURN(const bool value, ParseBool(token_));
        Writer().add_bool(field.tag, value);
        return {};
      }
      case Kind::kFloat:
      case Kind::kDouble:
        break;
    }
    const Result<double> value = text_format::ParseDouble(token_.text);
    if (!value.ok()) return Unexpected(token_, "a number");
    if (field.kind == Kind::kDouble) {
      Writer().add_double(field.tag, *value);
    } else {
      Writer().add_float(field.tag, static_cast<float>(*value));
    }
    return {};
  }

  Status Open(const TextField* field) {
    if (field != nullptr && field->kind != Kind::kMessage) return Unexpected(token_, "a value");
    if (frames_.size() > kMaxDepth) {
      return Status(Reason::kLimit, "line " + std::to_string(token_.line) +
                                        ": messages nest more than " + std::to_string(kMaxDepth) +
                                        " deep");
    }
    const TextMessage message = field != nullptr ? field->message : TextMessage::kUnknown;
    frames_.push_back({message, field, token_.is('{') ? '}' : '>', false, {}});
    return Advance();
  }

  Status Close() {
    Frame closed = std::move(frames_.back());
    frames_.pop_back();
    if (closed.field != nullptr) Writer().add_message(closed.field->tag, closed.bytes);
    return Advance();
  }

  protozero::pbf_writer Writer() { return protozero::pbf_writer(frames_.back().bytes); }

  Scanner scanner_;
  Token token_;
  std::vector<Frame> frames_;
};

// Tells which message a text is by the name of its first field.
Result<TextMessage> RootOf(std::string_view text) {
  Scanner scanner(text);
  CAIRN_ASSIGN_OR_RETURN(const Token first, scanner.Next());
  if (first.kind == Token::Kind::kEnd) return Status(Reason::kFormat, "it is empty");
  constexpr std::string_view kOfGraphAlone[] = {"version", "versions"};
  if (FindTextField(TextMessage::kGraph, first.text) != nullptr ||
      std::ranges::find(kOfGraphAlone, first.text) != std::end(kOfGraphAlone))
    return TextMessage::kGraph;
  if (FindTextField(TextMessage::kSavedModel, first.text) != nullptr)
    return TextMessage::kSavedModel;
  if (FindTextField(TextMessage::kMetaGraph, first.text) != nullptr ||
      first.text == "asset_file_def")
    return TextMessage::kMetaGraph;
  return AtLine(
      first, Quoted(first.text) + " is not a field of a MetaGraphDef, a SavedModel or a GraphDef");
}

}  // namespace

bool LooksLikeText(Bytes bytes) {
  const std::string_view front = AsText(bytes.first(std::min(bytes.size(), kFrontNbytes)));
  return std::ranges::all_of(front, [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return byte >= 0x20 || (byte >= '\t' && byte <= '\r');
  });
}

Result<std::string> MetaGraphOfText(std::string_view text) {
  CAIRN_ASSIGN_OR_RETURN(const TextMessage root, RootOf(text));
  CAIRN_ASSIGN_OR_RETURN(std::string message, Transcoder(text, root).Run());
  if (root == TextMessage::kMetaGraph) return message;
  if (root == TextMessage::kSavedModel) {
    CAIRN_ASSIGN_OR_RETURN(const Bytes graph, FindMetaGraph(AsBytes(message)));
    return std::string(AsText(graph));
  }
  std::string meta_graph;
  constexpr protozero::pbf_tag_type kGraphDef = 2;
  protozero::pbf_writer(meta_graph).add_message(kGraphDef, message);
  return meta_graph;
}

}  // namespace cairn
