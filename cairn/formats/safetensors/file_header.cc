#include "cairn/formats/safetensors/file_header.h"

#include <charconv>

#include "cairn/core/base64.h"
#include "cairn/core/bytes.h"
#include "cairn/core/escape.h"
#include "cairn/core/hex.h"
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
  if (nbytes > kMaxHeaderNbytes)
    return Status(Reason::kLimit, "a header of " + std::to_string(nbytes) + " bytes, at most " +
                                      std::to_string(kMaxHeaderNbytes) + " are possible");
  // Memory for the header is taken only if the file has that many bytes.
  if (nbytes > file.size() - kPrefixNbytes)
    return Status(Reason::kTruncated, "a header of " + std::to_string(nbytes) +
                                          " bytes ends past the file, which has " +
                                          std::to_string(file.size()));
  std::string json(nbytes, '\0');
  CAIRN_RETURN_IF_ERROR(file.ReadAt(kPrefixNbytes, std::as_writable_bytes(std::span(json))));
  return json;
}

// The checksum of everything in the header but the checksums themselves.
uint32_t ChecksumOf(const Header& header) { return Crc32c(AsBytes(EncodeHeader(header))); }

Result<std::vector<uint32_t>> DecodeChecksums(std::string_view text, size_t count) {
  const Status malformed(Reason::kFormat, std::string(kChecksumsKey) + " is not " +
                                              std::to_string(count) + " times " +
                                              std::to_string(kDigits) + " hex digits");
  if (text.size() != count * kDigits) return malformed;
  std::vector<uint32_t> checksums;
  for (; !text.empty(); text.remove_prefix(kDigits)) {
    uint32_t value = 0;
    const char* const end = text.data() + kDigits;
    const auto [stop, error] = std::from_chars(text.data(), end, value, 16);
    if (error != std::errc() || stop != end) return malformed;
    checksums.push_back(value);
  }
  return checksums;
}

// Names, dtypes and shapes are under a checksum of their own. Takes the checksums off the
// metadata. Errors: kFormat, kCrc.
Result<std::vector<uint32_t>> TakeChecksums(Header& header) {
  const auto found = header.metadata.extract(std::string(kChecksumsKey));
  if (found.empty()) return std::vector<uint32_t>();
  CAIRN_ASSIGN_OR_RETURN(std::vector<uint32_t> checksums,
                         DecodeChecksums(found.mapped(), header.entries.size() + 1));
  const uint32_t computed = ChecksumOf(header);
  if (computed != checksums.back())
    return Status(Reason::kCrc,
                  "the header: checksum " + Hex(computed) + ", expected " + Hex(checksums.back()));
  checksums.pop_back();
  return checksums;
}

// Sorts the metadata into what is Cairn's and what is not.
Status TakeMetadata(std::map<std::string, std::string>& metadata, FileHeader& header) {
  for (auto& [key, text] : metadata) {
    if (key.starts_with(kEntryKey)) {
      auto decoded = DecodeBase64(text);
      if (!decoded) return Status(Reason::kFormat, "metadata " + Quoted(key) + " is not base64");
      header.texts.emplace(key.substr(kEntryKey.size()), *std::move(decoded));
    } else {
      header.metadata.emplace(key, std::move(text));
    }
  }
  for (const HeaderEntry& entry : header.entries) {
    if (header.texts.contains(entry.name))
      return Status(Reason::kDuplicate, "comes twice").InTensor(entry.name);
  }
  return {};
}

Result<FileHeader> Read(std::shared_ptr<const RandomAccessFile> file, const Limits& limits) {
  CAIRN_ASSIGN_OR_RETURN(const std::string json, ReadJson(*file));
  CAIRN_ASSIGN_OR_RETURN(Header parsed, ParseHeader(json, limits));
  FileHeader header;
  header.data_offset = kPrefixNbytes + json.size();
  CAIRN_ASSIGN_OR_RETURN(header.crc32cs, TakeChecksums(parsed));
  header.entries = std::move(parsed.entries);
  CAIRN_RETURN_IF_ERROR(TakeMetadata(parsed.metadata, header));
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

std::string EncodeChecksums(const Header& header, std::span<const uint32_t> crc32cs) {
  std::string text;
  for (const uint32_t crc32c : crc32cs) text += Hex(crc32c).substr(2);
  return text + Hex(ChecksumOf(header)).substr(2);
}

}  // namespace cairn::safetensors
