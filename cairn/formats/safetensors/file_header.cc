#include "cairn/formats/safetensors/file_header.h"

#include <charconv>

#include "cairn/core/bytes.h"
#include "cairn/core/escape.h"
#include "cairn/core/hex.h"
#include "cairn/formats/safetensors/json_checksum.h"
#include "cairn/io/checksum.h"

namespace cairn::safetensors {
namespace {

constexpr size_t kDigits = 8;  // of a checksum

Result<std::string> ReadJson(const RandomAccessFile& file) {
  std::byte prefix[kPrefixNbytes];
  if (file.size() < kPrefixNbytes)
    return Status(Reason::kTruncated,
                  std::to_string(file.size()) + " bytes are not a safetensors file");
  CAIRN_RETURN_IF_ERROR(file.ReadAt(0, prefix));
  const auto nbytes = LoadLittleEndian<uint64_t>(prefix);
  // Memory for the header is taken only if the file has that many bytes.
  if (nbytes > file.size() - kPrefixNbytes)
    return Status(Reason::kTruncated, "a header of " + std::to_string(nbytes) +
                                          " bytes ends past the file, which has " +
                                          std::to_string(file.size()));
  // The format itself allows no more, so the number is damaged and not too large for this program.
  if (nbytes > kMaxHeaderNbytes)
    return Status(Reason::kFormat, "a header of " + std::to_string(nbytes) + " bytes, at most " +
                                       std::to_string(kMaxHeaderNbytes) + " are possible");
  std::string json(nbytes, '\0');
  CAIRN_RETURN_IF_ERROR(file.ReadAt(kPrefixNbytes, std::as_writable_bytes(std::span(json))));
  return json;
}

// The eight digits of a checksum, without "0x".
std::string DigitsOf(uint32_t checksum) { return Hex(checksum).substr(2); }

std::string EncodeDigits(std::span<const uint32_t> checksums) {
  std::string text;
  for (const uint32_t checksum : checksums) text += DigitsOf(checksum);
  return text;
}

// The checksum of the digits of all checksums.
uint32_t IdentityOf(std::span<const uint32_t> checksums) {
  uint32_t identity = 0;
  for (const uint32_t checksum : checksums)
    identity = ExtendChecksum(Checksum::Kind::kCrc32c, identity, AsBytes(DigitsOf(checksum)));
  return identity;
}

// The checksum of everything in the header but the checksums themselves.
uint32_t ChecksumOf(const Header& header) {
  uint32_t checksum = 0;
  EncodeHeader(header, [&](std::string_view piece) {
    checksum = ExtendChecksum(Checksum::Kind::kCrc32c, checksum, AsBytes(piece));
  });
  return checksum;
}

Result<std::vector<uint32_t>> DecodeChecksums(std::string_view text, size_t count) {
  const Status malformed(Reason::kFormat, std::string(kChecksumsKey) + " is not " +
                                              std::to_string(count) + " times " +
                                              std::to_string(kDigits) + " hex digits");
  if (text.size() != count * kDigits) return malformed;
  std::vector<uint32_t> checksums;
  checksums.reserve(count);
  for (; !text.empty(); text.remove_prefix(kDigits)) {
    uint32_t value = 0;
    const char* const end = text.data() + kDigits;
    const auto [stop, error] = std::from_chars(text.data(), end, value, 16);
    if (error != std::errc() || stop != end) return malformed;
    checksums.push_back(value);
  }
  return checksums;
}

struct Checksums {
  std::vector<uint32_t> of_entries;
  uint32_t identity = 0;
};

// Names, dtypes and shapes are under a checksum of their own. Errors: kFormat, kCrc.
Result<Checksums> ReadChecksums(std::string_view text, const Header& without) {
  CAIRN_ASSIGN_OR_RETURN(std::vector<uint32_t> checksums,
                         DecodeChecksums(text, without.entries.size() + 1));
  const uint32_t computed = ChecksumOf(without);
  if (computed != checksums.back())
    return Status(Reason::kCrc,
                  "the header: checksum " + Hex(computed) + ", expected " + Hex(checksums.back()));
  const uint32_t identity = IdentityOf(checksums);
  checksums.pop_back();
  return Checksums{std::move(checksums), identity};
}

// Takes both checksums off the metadata of `parsed`. Errors: kFormat, kCrc.
Status TakeChecksums(std::string_view json, Header& parsed, FileHeader& header) {
  const auto checksums = parsed.metadata.extract(std::string(kChecksumsKey));
  const auto of_json = parsed.metadata.find(std::string(kJsonChecksumKey));
  const bool has_json = of_json != parsed.metadata.end();
  if (checksums.empty() && !has_json) return {};
  if (checksums.empty())
    return Status(Reason::kCrc, "its metadata has " + std::string(kJsonChecksumKey) +
                                    " and lacks " + std::string(kChecksumsKey) +
                                    ", the checksums of its tensors");
  if (has_json) {
    header.json_error = CheckJsonChecksum(json, of_json->second).In("header");
    of_json->second = kNoDigits;
  }
  CAIRN_ASSIGN_OR_RETURN(Checksums read, ReadChecksums(checksums.mapped(), parsed));
  header.crc32cs = std::move(read.of_entries);
  header.identity = read.identity;
  if (has_json) parsed.metadata.erase(of_json);
  return {};
}

// Sorts the metadata into what is Cairn's and what is not. Texts are moved, never copied, as a
// header may have millions.
Status TakeMetadata(Metadata& metadata, FileHeader& header) {
  for (auto kept = metadata.lower_bound(std::string(kEntryKey)); kept != metadata.end();) {
    if (!kept->first.starts_with(kEntryKey)) break;
    auto decoded = DecodeKeptStrings(kept->second);
    if (!decoded.ok()) return decoded.status().In("metadata " + Quoted(kept->first));
    header.strings.emplace(kept->first.substr(kEntryKey.size()), *std::move(decoded));
    kept = metadata.erase(kept);
  }
  header.metadata = std::move(metadata);
  if (header.strings.empty()) return {};
  for (const HeaderEntry& entry : header.entries.all()) {
    if (header.strings.contains(entry.name))
      return Status(Reason::kDuplicate, "comes twice").InTensor(entry.name);
  }
  return {};
}

// Reads the JSON into `header` and returns its metadata. The JSON is gone before anything is made
// of them. Errors: those of ReadJson, ParseHeader and TakeChecksums.
Result<Metadata> ReadEntries(const RandomAccessFile& file, const Limits& limits,
                             FileHeader& header) {
  CAIRN_ASSIGN_OR_RETURN(const std::string json, ReadJson(file));
  CAIRN_ASSIGN_OR_RETURN(Header parsed, ParseHeader(json, limits));
  header.data_offset = kPrefixNbytes + json.size();
  CAIRN_RETURN_IF_ERROR(TakeChecksums(json, parsed, header));
  header.entries = std::move(parsed.entries);
  return std::move(parsed.metadata);
}

Result<FileHeader> Read(std::shared_ptr<const RandomAccessFile> file, const Limits& limits) {
  FileHeader header;
  CAIRN_ASSIGN_OR_RETURN(Metadata metadata, ReadEntries(*file, limits, header));
  CAIRN_RETURN_IF_ERROR(TakeMetadata(metadata, header));
  header.file = std::move(file);
  return header;
}

}  // namespace

Result<FileHeader> ReadFileHeader(std::shared_ptr<const RandomAccessFile> file,
                                  const Limits& limits) {
  const std::string path = file->path();
  return Read(std::move(file), limits).AtPath(path);
}

Status CheckData(const FileHeader& header) {
  return CheckLayout(header.entries, header.file->size() - header.data_offset)
      .AtPath(header.file->path());
}

FileHead EncodeFileHead(Header header, std::span<const uint32_t> crc32cs) {
  header.metadata.emplace(kJsonChecksumKey, kNoDigits);
  std::vector<uint32_t> checksums(crc32cs.begin(), crc32cs.end());
  checksums.push_back(ChecksumOf(header));
  const std::string text = EncodeDigits(checksums);
  header.metadata.emplace(kChecksumsKey, text);
  std::string json = EncodeHeader(header);
  SetJsonChecksum(json);
  std::string bytes(kPrefixNbytes, '\0');
  StoreLittleEndian(reinterpret_cast<std::byte*>(bytes.data()), uint64_t{json.size()});
  return {bytes + json, Crc32c(AsBytes(text))};
}

}  // namespace cairn::safetensors
