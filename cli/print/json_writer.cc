#include "cli/print/json_writer.h"

#include <charconv>
#include <cmath>

#include "cairn/core/base64.h"
#include "cairn/core/escape.h"
#include "cli/print/double_text.h"

namespace cairn::cli {
namespace {

constexpr uint64_t kSchemaVersion = 1;

// `text` must be UTF-8.
void AppendQuoted(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  if (IsPlain(text) && text.find('"') == std::string_view::npos) {
    out += text;
    out += '"';
    return;
  }
  for (const char c : text) {
    const auto code = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\')
      out.append({'\\', c});
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (code < 0x20 || code == 0x7f)
      out.append({'\\', 'u', '0', '0', kHex[code >> 4], kHex[code & 15]});
    else
      out += c;
  }
  out += '"';
}

// The decimal digits of an integer, without memory of their own.
class Digits {
 public:
  template <typename Integer>
  explicit Digits(Integer value)
      : end_(std::to_chars(digits_, digits_ + sizeof(digits_), value).ptr) {}

  std::string_view text() const { return {digits_, end_}; }

 private:
  char digits_[20];
  const char* end_;
};

}  // namespace

void JsonWriter::BeginValue() {
  if (follows_key_) {
    follows_key_ = false;
    return;
  }
  if (levels_.empty()) return;
  Level& level = levels_.back();
  if (!level.is_empty) out_ += ',';
  if (level.layout == Layout::kLines) out_ += '\n';
  level.is_empty = false;
}

void JsonWriter::Close(char bracket) {
  const Level level = levels_.back();
  levels_.pop_back();
  if (level.layout == Layout::kLines && !level.is_empty) out_ += '\n';
  out_ += bracket;
}

void JsonWriter::BeginObject() {
  BeginValue();
  out_ += '{';
  levels_.push_back({});
}

void JsonWriter::EndObject() { Close('}'); }

void JsonWriter::BeginArray(Layout layout) {
  BeginValue();
  out_ += '[';
  levels_.push_back({.layout = layout});
}

void JsonWriter::EndArray() { Close(']'); }

void JsonWriter::Key(std::string_view key) {
  BeginValue();
  out_ += '"';
  out_ += key;
  out_ += "\":";
  follows_key_ = true;
}

void JsonWriter::KeyFromFile(std::string_view key) {
  String(key);
  out_ += ':';
  follows_key_ = true;
}

void JsonWriter::String(std::string_view text) {
  BeginValue();
  IsUtf8(text) ? AppendQuoted(out_, text) : AppendQuoted(out_, Escape(text));
}

void JsonWriter::Number(uint64_t value) { Raw(Digits(value).text()); }
void JsonWriter::Signed(int64_t value) { Raw(Digits(value).text()); }
void JsonWriter::Double(double value) {
  if (std::isnan(value)) return String("NaN");
  if (std::isinf(value)) return String(value < 0 ? "-Inf" : "Inf");
  Raw(ShortestText(value));
}

void JsonWriter::Bool(bool value) { Raw(value ? "true" : "false"); }
void JsonWriter::Null() { Raw("null"); }

void JsonWriter::Raw(std::string_view json) {
  BeginValue();
  out_ += json;
}

void JsonWriter::Name(std::string_view key, std::string_view bytes) {
  Key(key);
  String(bytes);
  if (IsUtf8(bytes)) return;
  Key(std::string(key) + "_base64");
  String(EncodeBase64(bytes));
}

void JsonWriter::NumberOrNull(std::string_view key, std::optional<uint64_t> value) {
  Key(key);
  value ? Number(*value) : Null();
}

void JsonWriter::Dims(std::string_view key, std::span<const int64_t> dims) {
  Key(key);
  BeginArray();
  for (const int64_t dim : dims) Signed(dim);
  EndArray();
}

void BeginDocument(JsonWriter& json) {
  json.BeginObject();
  json.Key("schema_version");
  json.Number(kSchemaVersion);
}

void EndDocument(JsonWriter& json) {
  json.EndObject();
  json.Raw("\n");
}

}  // namespace cairn::cli
