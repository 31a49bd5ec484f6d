#include "cairn/formats/safetensors/shard_index.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "cairn/codec/json.h"
#include "cairn/core/escape.h"
#include "cairn/core/hex.h"
#include "cairn/formats/safetensors/json_checksum.h"

namespace cairn::safetensors {
namespace {

constexpr size_t kMaxDepth = 32;
constexpr std::string_view kFileKey = "cairn.file.";
constexpr size_t kIdentityDigits = 8;  // of an identity

std::string EncodeFileMark(const FileMark& mark) {
  return Hex(mark.identity).substr(2) + " " + std::to_string(mark.nbytes);
}

// Returns nothing if `text` is not what EncodeFileMark returns.
std::optional<FileMark> ParseFileMark(std::string_view text) {
  FileMark mark;
  if (text.size() < kIdentityDigits + 2) return std::nullopt;
  std::from_chars(text.data(), text.data() + kIdentityDigits, mark.identity, 16);
  std::from_chars(text.data() + kIdentityDigits + 1, text.data() + text.size(), mark.nbytes);
  if (EncodeFileMark(mark) != text) return std::nullopt;
  return mark;
}

// Takes the weight map and the total size, and passes over the rest.
class IndexReader final : public JsonEvents {
 public:
  explicit IndexReader(const Limits& limits) : limits_(limits) {}

  Result<ShardIndex> Finish(std::string_view json) && {
    if (!error_.ok()) return error_;
    index_.json_error = CheckJson(json);
    if (!has_weight_map_) return Status(Reason::kFormat, "no \"weight_map\"");
    std::ranges::sort(index_.weight_map, {}, &ShardIndex::Place::tensor);
    const auto twice =
        std::ranges::adjacent_find(index_.weight_map, {}, &ShardIndex::Place::tensor);
    if (twice != index_.weight_map.end())
      return Status(Reason::kDuplicate, "comes twice").InTensor(twice->tensor);
    return std::move(index_);
  }

  bool OnNull() override { return Other(); }
  bool OnBoolean() override { return Other(); }
  bool OnFloat(double value) override {
    // Some writers give the total as a fraction of nothing.
    if (is_total() && value >= 0 && value < 9e15)
      index_.total_nbytes = static_cast<uint64_t>(value);
    return Other();
  }
  bool OnInteger(int64_t) override { return Other(); }
  bool OnUnsigned(uint64_t value) override {
    if (is_total()) index_.total_nbytes = value;
    return Other();
  }

  bool OnString(std::string& value) override {
    if (is_file_mark()) return TakeFileMark(value);
    if (is_json_checksum()) json_checksum_ = value;
    if (!is_in_weight_map()) return Other();
    if (!IsPlainName(value))
      return Fail(Reason::kPath,
                  "lies in " + Quoted(value) + ", which is not a file beside the index");
    index_.weight_map.push_back({std::exchange(key_, {}), NumberOf(value)});
    return true;
  }

  bool OnStartObject() override {
    if (depth_ == 1 && key_ == "weight_map") {
      if (has_weight_map_) return Fail(Reason::kDuplicate, "\"weight_map\" twice");
      has_weight_map_ = true;
    }
    return (!is_in_weight_map() || Other()) && Enter();
  }
  bool OnStartArray() override { return Other() && Enter(); }
  bool OnEndObject() override { return Leave(); }
  bool OnEndArray() override { return Leave(); }

  bool OnKey(std::string& name) override {
    if (depth_ == 1) section_ = name;
    key_ = std::move(name);
    return index_.weight_map.size() < limits_.num_tensors ||
           Fail(Reason::kLimit, "more than " + std::to_string(limits_.num_tensors) + " tensors");
  }

 private:
  // Either kind of mark tells that the other belongs there.
  Status CheckJson(std::string_view json) const {
    if (json_checksum_) return CheckJsonChecksum(json, *json_checksum_);
    if (index_.files.empty()) return {};
    return Status(Reason::kCrc, "its metadata has marks of files and lacks " +
                                    std::string(kJsonChecksumKey) + ", the checksum of the index");
  }

  static bool IsPlainName(std::string_view name) {
    return !name.empty() && name != "." && name != ".." &&
           name.find_first_of(std::string_view("/\\\0", 3)) == name.npos;
  }

  bool Fail(Reason reason, std::string message) {
    error_ = Status(reason, std::move(message));
    if (is_in_weight_map() && reason != Reason::kLimit) error_ = error_.InTensor(key_);
    return false;
  }

  bool is_in_weight_map() const { return depth_ == 2 && section_ == "weight_map"; }
  bool is_file_mark() const {
    return depth_ == 2 && section_ == "metadata" && key_.starts_with(kFileKey);
  }
  bool is_json_checksum() const {
    return depth_ == 2 && section_ == "metadata" && key_ == kJsonChecksumKey;
  }
  bool TakeFileMark(std::string_view text) {
    const std::optional<FileMark> mark = ParseFileMark(text);
    if (!mark) return Fail(Reason::kFormat, Quoted(key_) + " is " + Quoted(text));
    return index_.files.emplace(key_.substr(kFileKey.size()), *mark).second ||
           Fail(Reason::kDuplicate, Quoted(key_) + " comes twice");
  }

  // Returns the position of a file among `file_names`, where it is added if it is new.
  uint32_t NumberOf(const std::string& file) {
    const auto number = static_cast<uint32_t>(index_.file_names.size());
    const auto [at, is_new] = numbers_.emplace(file, number);
    if (is_new) index_.file_names.push_back(file);
    return at->second;
  }

  bool is_total() const { return depth_ == 2 && section_ == "metadata" && key_ == "total_size"; }

  // A value that is not asked for; in the weight map there is none.
  bool Other() {
    if (depth_ == 0) return Fail(Reason::kFormat, "is not an object");
    if (depth_ == 1 && key_ == "weight_map")
      return Fail(Reason::kFormat, "\"weight_map\" is not an object");
    return !is_in_weight_map() || Fail(Reason::kFormat, "names no file");
  }

  bool Enter() {
    return ++depth_ <= kMaxDepth ||
           Fail(Reason::kLimit, "nested deeper than " + std::to_string(kMaxDepth));
  }
  bool Leave() {
    --depth_;
    return true;
  }

  const Limits& limits_;
  ShardIndex index_;
  std::optional<std::string> json_checksum_;
  Status error_;
  size_t depth_ = 0;
  bool has_weight_map_ = false;
  std::string section_;                      // the last key at depth 1
  std::string key_;                          // the last key
  std::map<std::string, uint32_t> numbers_;  // of the files
};

}  // namespace

Result<ShardIndex> ParseShardIndex(std::string_view json, const Limits& limits) {
  IndexReader reader(limits);
  CAIRN_RETURN_IF_ERROR(ParseJson(json, reader));
  return std::move(reader).Finish(json);
}

std::string EncodeShardIndex(const ShardIndex& index) {
  std::string json = "{\n  \"metadata\": {";
  for (const auto& [name, mark] : index.files)
    json += "\n    " + JsonString(std::string(kFileKey) + name) + ": " +
            JsonString(EncodeFileMark(mark)) + ",";
  json += "\n    " + JsonString(kJsonChecksumKey) + ": " + JsonString(kNoDigits) + ",";
  json += "\n    \"total_size\": " + std::to_string(index.total_nbytes.value_or(0)) +
          "\n  },\n  \"weight_map\": {";
  const char* before = "\n    ";
  for (const auto& [tensor, file] : index.weight_map) {
    json += before + JsonString(tensor) + ": " + JsonString(index.file_names[file]);
    before = ",\n    ";
  }
  json += "\n  }\n}\n";
  SetJsonChecksum(json);
  return json;
}

}  // namespace cairn::safetensors
