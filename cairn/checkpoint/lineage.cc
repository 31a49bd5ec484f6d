#include "cairn/checkpoint/lineage.h"

#include "cairn/codec/json.h"
#include "cairn/core/bookkeeping.h"
#include "cairn/core/escape.h"
#include "cairn/core/hex.h"
#include "cairn/io/checksum.h"
#include "cairn/io/path.h"

namespace cairn {
namespace {

constexpr size_t kPieceNbytes = 1 << 20;

std::string JsonText(std::string_view text) {
  return JsonString(IsUtf8(text) ? std::string(text) : Escape(text));
}

// Accepts any JSON.
class AnyJson final : public JsonEvents {
 public:
  bool OnNull() override { return true; }
  bool OnBoolean() override { return true; }
  bool OnFloat(double) override { return true; }
  bool OnInteger(int64_t) override { return true; }
  bool OnUnsigned(uint64_t) override { return true; }
  bool OnString(std::string&) override { return true; }
  bool OnStartObject() override { return true; }
  bool OnKey(std::string&) override { return true; }
  bool OnEndObject() override { return true; }
  bool OnStartArray() override { return true; }
  bool OnEndArray() override { return true; }
};

Result<uint32_t> ChecksumOfFile(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(path, Access::kRead));
  std::vector<std::byte> piece(kPieceNbytes);
  uint32_t checksum = 0;
  for (uint64_t at = 0; at < file->size(); at += piece.size()) {
    piece.resize(std::min<uint64_t>(kPieceNbytes, file->size() - at));
    CAIRN_RETURN_IF_ERROR(file->ReadAt(at, piece));
    checksum = ExtendChecksum(Checksum::Kind::kCrc32c, checksum, piece);
  }
  return checksum;
}

Result<std::string> DescribeFiles(FileSystem& fs, const Opened& source) {
  OpenOptions options;
  options.access = Access::kRead;
  CAIRN_ASSIGN_OR_RETURN(const Description description,
                         source.format->describe(fs, source.path, options));
  std::string json = "[";
  for (const FileDescription& file : description.files) {
    if (!file.nbytes) continue;
    CAIRN_ASSIGN_OR_RETURN(const uint32_t checksum, ChecksumOfFile(fs, file.path));
    json += (json.size() > 1 ? ",{" : "{") + ("\"name\":" + JsonText(BaseName(file.path))) +
            ",\"nbytes\":" + std::to_string(*file.nbytes) + ",\"crc32c\":\"" + Hex(checksum) +
            "\"}";
  }
  return json + "]";
}

}  // namespace

Result<std::string> MakeLineage(FileSystem& fs, const LineageText& text,
                                const std::vector<Opened>& sources) {
  std::string json = "{\"schema_version\":1,\"cairn\":" + JsonText(text.version) +
                     ",\"verb\":" + JsonText(text.verb) + ",\"sources\":[";
  for (const Opened& source : sources) {
    CAIRN_ASSIGN_OR_RETURN(const std::string files, DescribeFiles(fs, source));
    CAIRN_ASSIGN_OR_RETURN(const auto before, ReadLineage(source.dict));
    if (&source != sources.data()) json += ",";
    json += "{\"path\":" + JsonText(source.path) + ",\"format\":" + JsonText(source.format->name) +
            ",\"files\":" + files + (before ? ",\"lineage\":" + *before : "") + "}";
  }
  json.append("],\"recipe\":").append(text.recipe_json);
  while (json.ends_with('\n')) json.pop_back();
  return json + "}";
}

Result<std::optional<std::string>> ReadLineage(const TensorDict& dict) {
  const auto found = dict.Find(kLineageName);
  if (!found || !IsBookkeepingText(dict.info(*found))) return std::optional<std::string>();
  CAIRN_ASSIGN_OR_RETURN(const auto source, dict.source(*found));
  CAIRN_ASSIGN_OR_RETURN(const StringTensor strings, source->ReadStrings().InTensor(kLineageName));
  std::string text(strings.size() > 0 ? strings[0] : "");
  AnyJson any;
  CAIRN_RETURN_IF_ERROR(ParseJson(text, any).InTensor(kLineageName));
  return std::optional(std::move(text));
}

}  // namespace cairn
