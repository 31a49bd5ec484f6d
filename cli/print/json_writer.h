// JSON as it is written, so that a document of any size needs no memory of its own.
#ifndef CAIRN_CLI_PRINT_JSON_WRITER_H_
#define CAIRN_CLI_PRINT_JSON_WRITER_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::cli {

// Appends to a text that the caller owns and may empty at any time; sets commas itself.
class JsonWriter {
 public:
  // How the items of an array follow each other: side by side, or each on a line of its own.
  enum class Layout : uint8_t { kInline, kLines };

  explicit JsonWriter(std::string& out) : out_(out) {}

  void BeginObject();
  void EndObject();
  void BeginArray(Layout layout = Layout::kInline);
  void EndArray();

  // Keys are ours: nothing in them needs to be escaped.
  void Key(std::string_view key);
  // A key that comes from a file: any bytes, as String.
  void KeyFromFile(std::string_view key);
  // Any bytes: what is not UTF-8 is escaped as Escape does it.
  void String(std::string_view text);
  void Number(uint64_t value);
  void Signed(int64_t value);
  // With the fewest digits that name the value; "NaN", "Inf" and "-Inf" as strings.
  void Double(double value);
  void Bool(bool value);
  void Null();
  // A value that is JSON already.
  void Raw(std::string_view json);

  // A name from a file: `key`, and where it is not UTF-8 beside it `key_base64` with the exact
  // bytes.
  void Name(std::string_view key, std::string_view bytes);
  void NumberOrNull(std::string_view key, std::optional<uint64_t> value);
  void Dims(std::string_view key, std::span<const int64_t> dims);

 private:
  struct Level {
    Layout layout = Layout::kInline;
    bool is_empty = true;
  };
  void BeginValue();
  void Close(char bracket);

  std::string& out_;
  std::vector<Level> levels_;
  bool follows_key_ = false;
};

// A document of one object; every one begins with its version.
void BeginDocument(JsonWriter& json);
// Ends it, and its line.
void EndDocument(JsonWriter& json);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_PRINT_JSON_WRITER_H_
