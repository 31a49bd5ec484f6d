// A safetensors file, opened: its header, and what Cairn keeps in the metadata.
#ifndef CAIRN_FORMATS_SAFETENSORS_FILE_HEADER_H_
#define CAIRN_FORMATS_SAFETENSORS_FILE_HEADER_H_

#include <memory>
#include <optional>

#include "cairn/core/file.h"
#include "cairn/formats/safetensors/header.h"

namespace cairn::safetensors {

// Metadata of Cairn's own, which other readers pass over:
//
//   cairn.crc32c        the CRC-32C of each tensor, eight hex digits, in the order of the data, and
//                       that of the header without this text, as EncodeHeader writes it
//   cairn.entry.NAME    a string that a checkpoint keeps for itself, in base64
inline constexpr std::string_view kChecksumsKey = "cairn.crc32c";
inline constexpr std::string_view kEntryKey = "cairn.entry.";

struct FileHeader {
  std::shared_ptr<const RandomAccessFile> file;
  uint64_t data_offset = 0;  // of the first byte of the data
  std::vector<HeaderEntry> entries;
  std::vector<uint32_t> crc32cs;                // one an entry; none where the file has none
  std::map<std::string, std::string> texts;     // by name: entries that are kept in the metadata
  std::map<std::string, std::string> metadata;  // the rest
};

// Reads the header; how the tensors lie in the data is not asked. Errors, with the path:
// kTruncated, kLimit, kFormat, kCrc, those of ParseHeader.
Result<FileHeader> ReadFileHeader(std::shared_ptr<const RandomAccessFile> file,
                                  const Limits& limits);

// Whether the tensors fill the data. Errors: those of CheckLayout, with the path.
Status CheckData(const FileHeader& header);

// The text of kChecksumsKey, which `header` does not have yet; one checksum an entry.
std::string EncodeChecksums(const Header& header, std::span<const uint32_t> crc32cs);

}  // namespace cairn::safetensors

#endif  // CAIRN_FORMATS_SAFETENSORS_FILE_HEADER_H_
