#include "cairn/codec/zip/zip_writer.h"

#include <algorithm>

#include "cairn/codec/zip/zip_format.h"
#include "cairn/core/bytes.h"
#include "cairn/io/checksum.h"

namespace cairn {
namespace {

using namespace zip;

constexpr uint16_t kVersion = 20;  // deflate
constexpr uint16_t kVersion64 = 45;
constexpr uint16_t kMadeByUnix = 3 << 8;
constexpr uint32_t kRegularFile = 0100644u << 16;
constexpr uint16_t kTime = 0;
constexpr uint16_t kDate = 1 << 5 | 1;  // 1980-01-01

template <typename T>
void Put(std::string& text, T value) {
  text.append(sizeof(T), '\0');
  StoreLittleEndian(reinterpret_cast<std::byte*>(text.data() + text.size() - sizeof(T)), value);
}

uint32_t Low(uint64_t nbytes) {
  return NeedsZip64(nbytes) ? UINT32_MAX : static_cast<uint32_t>(nbytes);
}

void PutField(std::string& text, uint16_t id, std::string_view content) {
  Put(text, id);
  Put(text, static_cast<uint16_t>(content.size()));
  text += content;
}

void PutNote(std::string& text, const ZipMember& member) {
  if (!member.note.empty()) PutField(text, kNoteField, member.note);
}

// Version, flags, method, time, date: what both headers say alike.
void PutKind(std::string& text, const ZipMember& member, bool is_large) {
  Put(text, is_large ? kVersion64 : kVersion);
  Put(text, member.flags);
  Put(text, static_cast<uint16_t>(member.method));
  Put(text, kTime);
  Put(text, kDate);
  Put(text, member.crc32);
}

// The field says what it aligns to; the rest of it is zeros.
void PutAlignment(std::string& extra, uint64_t end_without, uint64_t alignment) {
  if (alignment <= 1) return;
  std::string field;
  Put(field, static_cast<uint16_t>(alignment));
  const uint64_t end = end_without + kFieldNbytes + field.size();
  field.append((alignment - end % alignment) % alignment, '\0');
  PutField(extra, kAlignmentField, field);
}

// `checksums` are the content of the field of the headers' checksum.
void PutCentralHeader(std::string& text, const ZipMember& member, std::string_view checksums) {
  std::string sizes;  // those that have no room in the header, in their order
  for (const uint64_t size : {member.nbytes, member.packed_nbytes, member.header_offset}) {
    if (NeedsZip64(size)) Put(sizes, size);
  }
  std::string extra;
  if (!sizes.empty()) PutField(extra, kZip64Field, sizes);
  PutNote(extra, member);
  if (member.has_headers_checksum) PutField(extra, kHeadersField, checksums);
  Put(text, kCentralMagic);
  Put(text, static_cast<uint16_t>(kMadeByUnix | kVersion64));
  PutKind(text, member, !sizes.empty());
  Put(text, Low(member.packed_nbytes));
  Put(text, Low(member.nbytes));
  Put(text, static_cast<uint16_t>(member.name.size()));
  Put(text, static_cast<uint16_t>(extra.size()));
  Put(text, uint16_t{0});  // comment
  Put(text, uint16_t{0});  // disk
  Put(text, uint16_t{0});  // internal attributes
  Put(text, kRegularFile);
  Put(text, Low(member.header_offset));
  text += member.name + extra;
}

// The content of the field before the checksum of the headers is known, which comes first.
std::string EncodeChecksums(std::optional<uint32_t> packed_crc32) {
  std::string checksums;
  Put(checksums, uint32_t{0});
  if (packed_crc32) Put(checksums, *packed_crc32);
  return checksums;
}

// Sets the checksum of all headers, which stands at `at`.
void SetHeadersChecksum(std::string& directory, size_t at, uint32_t local_headers_crc32) {
  const uint32_t checksum =
      ExtendChecksum(Checksum::Kind::kCrc32, local_headers_crc32, AsBytes(directory));
  StoreLittleEndian(reinterpret_cast<std::byte*>(directory.data()) + at, checksum);
}

void PutEnd64(std::string& text, uint64_t count, uint64_t nbytes, uint64_t offset) {
  Put(text, kEnd64Magic);
  Put(text, kEnd64Nbytes - 12);  // of what follows
  Put(text, static_cast<uint16_t>(kMadeByUnix | kVersion64));
  Put(text, kVersion64);
  Put(text, uint32_t{0});  // this disk
  Put(text, uint32_t{0});  // that of the directory
  Put(text, count);        // on this disk
  Put(text, count);
  Put(text, nbytes);
  Put(text, offset);
  Put(text, kLocator64Magic);
  Put(text, uint32_t{0});  // the disk of the record
  Put(text, offset + nbytes);
  Put(text, uint32_t{1});  // disks
}

}  // namespace

ZipMember MakeZipMember(std::string name, ZipMethod method) {
  const bool is_ascii =
      std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  ZipMember member;
  member.name = std::move(name);
  member.method = method;
  member.flags = is_ascii ? 0 : kUtf8Flag;
  return member;
}

std::string EncodeZipLocalHeader(const ZipMember& member, bool is_large, uint64_t alignment) {
  std::string extra;
  // The header of a compressed member is encoded again when the sizes are known, and must fit into
  // its place. So the field depends on what was expected, not on the sizes.
  if (is_large) {
    std::string sizes;
    Put(sizes, member.nbytes);
    Put(sizes, member.packed_nbytes);
    PutField(extra, kZip64Field, sizes);
  }
  PutNote(extra, member);
  if (member.has_headers_checksum) PutField(extra, kHeadersField, "");
  // The padding is an extra field, too. It comes last, right before the data that it aligns.
  PutAlignment(extra, member.header_offset + kLocalNbytes + member.name.size() + extra.size(),
               alignment);
  std::string text;
  text.reserve(kLocalNbytes + member.name.size() + extra.size());
  Put(text, kLocalMagic);
  PutKind(text, member, is_large);
  Put(text, is_large ? UINT32_MAX : static_cast<uint32_t>(member.packed_nbytes));
  Put(text, is_large ? UINT32_MAX : static_cast<uint32_t>(member.nbytes));
  Put(text, static_cast<uint16_t>(member.name.size()));
  Put(text, static_cast<uint16_t>(extra.size()));
  text += member.name;
  text += extra;
  return text;
}

void SetZipCrc32(std::string& local_header, uint32_t crc32) {
  constexpr size_t kCrc32At = 14;
  StoreLittleEndian(reinterpret_cast<std::byte*>(local_header.data() + kCrc32At), crc32);
}

std::string EncodeZipDirectory(std::span<const ZipMember> members, uint64_t offset,
                               uint32_t local_headers_crc32, std::optional<uint32_t> packed_crc32) {
  const std::string checksums = EncodeChecksums(packed_crc32);
  std::string text;
  text.reserve(members.size() * 2 * kCentralNbytes);
  size_t first_nbytes = 0;
  for (const ZipMember& member : members) {
    PutCentralHeader(text, member, checksums);
    if (first_nbytes == 0) first_nbytes = text.size();
  }
  const uint64_t nbytes = text.size();
  const bool is_large = members.size() >= UINT16_MAX || NeedsZip64(nbytes) || NeedsZip64(offset);
  if (is_large) PutEnd64(text, members.size(), nbytes, offset);
  const auto count = static_cast<uint16_t>(std::min<uint64_t>(members.size(), UINT16_MAX));
  Put(text, kEndMagic);
  Put(text, uint16_t{0});  // this disk
  Put(text, uint16_t{0});  // that of the directory
  Put(text, count);        // on this disk
  Put(text, count);
  Put(text, Low(nbytes));
  Put(text, Low(offset));
  Put(text, uint16_t{0});  // comment
  // Its field is the last of the first entry.
  if (!members.empty() && members.front().has_headers_checksum)
    SetHeadersChecksum(text, first_nbytes - checksums.size(), local_headers_crc32);
  return text;
}

}  // namespace cairn
