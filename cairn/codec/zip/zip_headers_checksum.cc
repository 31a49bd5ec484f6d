#include "cairn/codec/zip/zip_headers_checksum.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "cairn/codec/zip/zip_format.h"
#include "cairn/core/bytes.h"
#include "cairn/core/hex.h"
#include "cairn/io/checksum.h"

namespace cairn {
namespace {

using namespace zip;

constexpr size_t kChecksumNbytes = 4;

// Tells where the content of the field lies in its header.
struct HeadersField {
  size_t begin = 0;
  size_t nbytes = 0;
};

// Returns the field of `header`, whose extra fields are `nbytes` from `at` on; nothing if there is
// none.
std::optional<HeadersField> FindHeadersField(Bytes header, size_t at, size_t nbytes) {
  const size_t end = std::min(at + nbytes, header.size());
  while (end - at >= kFieldNbytes) {
    const auto id = LoadLittleEndian<uint16_t>(header.data() + at);
    const auto size = LoadLittleEndian<uint16_t>(header.data() + at + 2);
    at += kFieldNbytes;
    if (size > end - at) break;
    if (id == kHeadersField) return HeadersField{at, size};
    at += size;
  }
  return std::nullopt;
}

Result<std::vector<std::byte>> ReadHeaderBytes(const RandomAccessFile& file, uint64_t offset,
                                               uint64_t nbytes) {
  std::vector<std::byte> bytes(nbytes);
  CAIRN_RETURN_IF_ERROR(file.ReadAt(offset, bytes));
  return bytes;
}

// The local header of a member, with its name and its extra fields.
Result<std::vector<std::byte>> ReadLocalHeader(const RandomAccessFile& file,
                                               const ZipMember& member) {
  CAIRN_ASSIGN_OR_RETURN(const auto fixed,
                         ReadHeaderBytes(file, member.header_offset, kLocalNbytes));
  const uint64_t name_nbytes = LoadLittleEndian<uint16_t>(fixed.data() + 26);
  const uint64_t extra_nbytes = LoadLittleEndian<uint16_t>(fixed.data() + 28);
  return ReadHeaderBytes(file, member.header_offset, kLocalNbytes + name_nbytes + extra_nbytes);
}

bool HasMark(Bytes local_header) {
  const auto name_nbytes = LoadLittleEndian<uint16_t>(local_header.data() + 26);
  const auto extra_nbytes = LoadLittleEndian<uint16_t>(local_header.data() + 28);
  return FindHeadersField(local_header, kLocalNbytes + name_nbytes, extra_nbytes).has_value();
}

// Returns the field of the directory; nothing if its first entry has none with a checksum.
std::optional<HeadersField> FindChecksums(Bytes directory) {
  if (directory.size() < kCentralNbytes) return std::nullopt;
  const auto name_nbytes = LoadLittleEndian<uint16_t>(directory.data() + 28);
  const auto extra_nbytes = LoadLittleEndian<uint16_t>(directory.data() + 30);
  const size_t extra = kCentralNbytes + name_nbytes;
  if (extra + extra_nbytes > directory.size()) return std::nullopt;
  const auto field = FindHeadersField(directory, extra, extra_nbytes);
  return field && field->nbytes >= kChecksumNbytes ? field : std::nullopt;
}

// Extends `crc32` by the data of a member.
Status AddPackedData(const RandomAccessFile& file, uint64_t offset, uint64_t nbytes,
                     uint32_t& crc32) {
  constexpr uint64_t kBlockNbytes = 1 << 20;
  std::vector<std::byte> block(std::min(nbytes, kBlockNbytes));
  for (uint64_t done = 0; done < nbytes;) {
    const auto part = std::span(block).first(std::min<uint64_t>(block.size(), nbytes - done));
    CAIRN_RETURN_IF_ERROR(file.ReadAt(offset + done, part));
    crc32 = ExtendChecksum(Checksum::Kind::kCrc32, crc32, part);
    done += part.size();
  }
  return {};
}

Status CompareCrc32(std::string_view what, uint32_t computed, uint32_t stored) {
  if (computed == stored) return {};
  return Status(Reason::kCrc,
                std::string(what) + ": checksum " + Hex(computed) + ", expected " + Hex(stored));
}

Status CompareHeaders(const RandomAccessFile& file, std::span<const ZipMember> members,
                      const Limits& limits) {
  if (members.empty()) return {};
  CAIRN_ASSIGN_OR_RETURN(const uint64_t offset, FindZipDirectory(file));
  const uint64_t nbytes = file.size() - offset;
  if (nbytes > limits.metadata_nbytes)
    return Status(Reason::kLimit, "a directory of " + std::to_string(nbytes) + " bytes");
  CAIRN_ASSIGN_OR_RETURN(auto directory, ReadHeaderBytes(file, offset, nbytes));
  const std::optional<HeadersField> field = FindChecksums(directory);
  const bool has_packed = field && field->nbytes == 2 * kChecksumNbytes;
  uint32_t headers_crc32 = 0;
  uint32_t packed_crc32 = 0;
  for (const ZipMember& member : members) {
    CAIRN_ASSIGN_OR_RETURN(const auto header, ReadLocalHeader(file, member));
    if (&member == &members.front() && HasMark(header) != field.has_value())
      return Status(Reason::kCrc, "one of the two fields of the checksum of its headers is gone");
    if (!field) return {};
    headers_crc32 = ExtendChecksum(Checksum::Kind::kCrc32, headers_crc32, header);
    if (has_packed && member.method == ZipMethod::kDeflated)
      CAIRN_RETURN_IF_ERROR(AddPackedData(file, member.header_offset + header.size(),
                                          member.packed_nbytes, packed_crc32));
  }
  std::byte* const stored = directory.data() + field->begin;
  const auto stored_headers = LoadLittleEndian<uint32_t>(stored);
  std::fill_n(stored, kChecksumNbytes, std::byte{0});
  headers_crc32 = ExtendChecksum(Checksum::Kind::kCrc32, headers_crc32, directory);
  CAIRN_RETURN_IF_ERROR(CompareCrc32("its headers", headers_crc32, stored_headers));
  if (!has_packed) return {};
  return CompareCrc32("its packed data", packed_crc32,
                      LoadLittleEndian<uint32_t>(stored + kChecksumNbytes));
}

}  // namespace

Status CheckZipHeaders(const RandomAccessFile& file, std::span<const ZipMember> members,
                       const Limits& limits) {
  return CompareHeaders(file, members, limits).AtPath(file.path());
}

}  // namespace cairn
