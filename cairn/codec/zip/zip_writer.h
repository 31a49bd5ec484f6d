// The headers and the directory of a zip archive that is being written.
//
// Every time stamp is the first that the format knows, so that the same contents give the same
// archive. Sizes and offsets of 4 GiB and more are in zip64 fields.
#ifndef CAIRN_CODEC_ZIP_ZIP_WRITER_H_
#define CAIRN_CODEC_ZIP_ZIP_WRITER_H_

#include <optional>
#include <span>
#include <string>

#include "cairn/codec/zip/zip_directory.h"

namespace cairn {

// A member of no size yet, with the flags that its name needs. `name` is UTF-8, of less than 64
// KiB.
ZipMember MakeZipMember(std::string name, ZipMethod method);

// Whether a size must be in a zip64 field.
constexpr bool NeedsZip64(uint64_t nbytes) { return nbytes >= UINT32_MAX; }

// Returns the header at member.header_offset, before the data. Its length does not depend on sizes
// and checksum: `is_large` says whether there is a field for sizes of 4 GiB. The data then begins
// at a multiple of `alignment`, a power of two up to 4096; 1 = wherever.
std::string EncodeZipLocalHeader(const ZipMember& member, bool is_large, uint64_t alignment);

// Sets the checksum in such a header.
void SetZipCrc32(std::string& local_header, uint32_t crc32);

// Returns what follows the last member: the directory, at `offset`, and the end of the archive.
// `local_headers_crc32` is that of all local headers in the order of the members; it is used if the
// first member has a checksum of the headers. `packed_crc32` is that of the data of all deflated
// members, in their order, and stands beside it.
std::string EncodeZipDirectory(std::span<const ZipMember> members, uint64_t offset,
                               uint32_t local_headers_crc32,
                               std::optional<uint32_t> packed_crc32 = std::nullopt);

}  // namespace cairn

#endif  // CAIRN_CODEC_ZIP_ZIP_WRITER_H_
