// A safetensors file, opened: its header, and what Cairn keeps in the metadata.
#ifndef CAIRN_FORMATS_SAFETENSORS_FILE_HEADER_H_
#define CAIRN_FORMATS_SAFETENSORS_FILE_HEADER_H_

#include <memory>
#include <optional>

#include "cairn/core/file.h"
#include "cairn/formats/safetensors/header.h"
#include "cairn/formats/safetensors/kept_strings.h"

namespace cairn::safetensors {

// Metadata of Cairn's own, which other readers pass over:
//
//   cairn.crc32c        the CRC-32C of each tensor, eight hex digits, in the order of the data, and
//                       that of the header as EncodeHeader writes it without this text and with
//                       zeros as the digits of the next
//   cairn.entry.NAME    a string tensor, as kept_strings.h has it: what a checkpoint keeps for
//                       itself, and others where a save was asked to keep them
//   cairn.json_crc32c   the CRC-32C of the JSON as it stands in the file (json_checksum.h)
//
// Either checksum tells that the other belongs there, so that damage of one key cannot turn the
// checks off. The second covers what the first does not, such as blanks and the case of hex digits:
// bytes that change no value, of which only a strict verification speaks.
inline constexpr std::string_view kChecksumsKey = "cairn.crc32c";
inline constexpr std::string_view kEntryKey = "cairn.entry.";

struct FileHeader {
  std::shared_ptr<const RandomAccessFile> file;
  uint64_t data_offset = 0;  // of the first byte of the data
  EntryList entries;
  std::vector<uint32_t> crc32cs;  // one an entry; none where the file has none
  // Identifies the contents: the CRC-32C of all these checksums and of that of the header. Nothing
  // where the file has none.
  std::optional<uint32_t> identity;
  Status json_error;  // kCrc where the JSON is not as it was written, though it says the same
  // By name: tensors that are kept in the metadata.
  std::map<std::string, KeptStrings, std::less<>> strings;
  Metadata metadata;  // the rest
};

// Reads the header; how the tensors lie in the data is not asked. Errors, with the path:
// kTruncated, kLimit, kFormat, kCrc, those of ParseHeader.
Result<FileHeader> ReadFileHeader(std::shared_ptr<const RandomAccessFile> file,
                                  const Limits& limits);

// Whether the tensors fill the data. Errors: those of CheckLayout, with the path.
Status CheckData(const FileHeader& header);

// The bytes of a file before its data, and the identity that ReadFileHeader will find.
struct FileHead {
  std::string bytes;
  uint32_t identity = 0;
};

// Returns the head with the checksums of the entries, one each. Its length does not depend on their
// values. `header` has no metadata under the keys of the checksums.
FileHead EncodeFileHead(Header header, std::span<const uint32_t> crc32cs);

}  // namespace cairn::safetensors

#endif  // CAIRN_FORMATS_SAFETENSORS_FILE_HEADER_H_
