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

// Where the content of the field begins in `header`, whose extra fields are `nbytes` from `at` on;
// nothing if there is none.
std::optional<size_t> FindHeadersField(Bytes header, size_t at, size_t nbytes) {
  const size_t end = std::min(at + nbytes, header.size());
  while (end - at >= kFieldNbytes) {
    const auto id = LoadLittleEndian<uint16_t>(header.data() + at);
    const auto size = LoadLittleEndian<uint16_t>(header.data() + at + 2);
    at += kFieldNbytes;
    if (size > end - at) break;
    if (id == kHeadersField) return at;
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

// Where the checksum stands in the directory; nothing if its first entry has none.
std::optional<size_t> FindChecksum(Bytes directory) {
  if (directory.size() < kCentralNbytes) return std::nullopt;
  const auto name_nbytes = LoadLittleEndian<uint16_t>(directory.data() + 28);
  const auto extra_nbytes = LoadLittleEndian<uint16_t>(directory.data() + 30);
  const size_t extra = kCentralNbytes + name_nbytes;
  if (extra + extra_nbytes > directory.size()) return std::nullopt;
  const auto at = FindHeadersField(directory, extra, extra_nbytes);
  return at && *at + kChecksumNbytes <= extra + extra_nbytes ? at : std::nullopt;
}

Status CompareHeaders(const RandomAccessFile& file, std::span<const ZipMember> members,
                      const Limits& limits) {
  if (members.empty()) return {};
  CAIRN_ASSIGN_OR_RETURN(const uint64_t offset, FindZipDirectory(file));
  const uint64_t nbytes = file.size() - offset;
  if (nbytes > limits.metadata_nbytes)
    return Status(Reason::kLimit, "a directory of " + std::to_string(nbytes) + " bytes");
  CAIRN_ASSIGN_OR_RETURN(auto directory, ReadHeaderBytes(file, offset, nbytes));
  const std::optional<size_t> at = FindChecksum(directory);
  uint32_t computed = 0;
  for (const ZipMember& member : members) {
    CAIRN_ASSIGN_OR_RETURN(const auto header, ReadLocalHeader(file, member));
    if (&member == &members.front() && HasMark(header) != at.has_value())
      return Status(Reason::kCrc, "one of the two fields of the checksum of its headers is gone");
    if (!at) return {};
    computed = ExtendChecksum(Checksum::Kind::kCrc32, computed, header);
  }
  const auto stored = LoadLittleEndian<uint32_t>(directory.data() + *at);
  std::fill_n(directory.begin() + static_cast<std::ptrdiff_t>(*at), kChecksumNbytes, std::byte{0});
  computed = ExtendChecksum(Checksum::Kind::kCrc32, computed, directory);
  if (computed == stored) return {};
  return Status(Reason::kCrc,
                "its headers: checksum " + Hex(computed) + ", expected " + Hex(stored));
}

}  // namespace

Status CheckZipHeaders(const RandomAccessFile& file, std::span<const ZipMember> members,
                       const Limits& limits) {
  return CompareHeaders(file, members, limits).AtPath(file.path());
}

}  // namespace cairn
