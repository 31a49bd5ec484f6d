#include "cairn/codec/zip/zip_directory.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "cairn/codec/zip/zip_format.h"
#include "cairn/core/bytes.h"
#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"
#include "cairn/core/split.h"

namespace cairn {
namespace {

using namespace zip;

constexpr uint64_t kMaxCommentNbytes = UINT16_MAX;

Status NoZip(const std::string& why) { return Status(Reason::kZip, why); }

template <typename T>
T At(Bytes bytes, size_t offset) {
  return LoadLittleEndian<T>(bytes.data() + offset);
}

Status InMember(const Status& status, const ZipMember& member) {
  return status.In("member " + Quoted(member.name));
}

Result<std::vector<std::byte>> ReadBytes(const RandomAccessFile& file, uint64_t offset,
                                         uint64_t nbytes) {
  std::vector<std::byte> bytes(nbytes);
  CAIRN_RETURN_IF_ERROR(file.ReadAt(offset, bytes));
  return bytes;
}

// The facts about the directory that stand at the end of an archive.
struct End {
  uint64_t num_members = 0;
  uint64_t directory_nbytes = 0;
  uint64_t directory_offset = 0;
  uint64_t position = 0;  // of the first record after the directory
};

// The record whose comment ends where the file does. A comment that looks like an end is not a
// second one, unless it would be read as such.
Result<uint64_t> FindEnd(const RandomAccessFile& file) {
  if (file.size() < kEndNbytes) return NoZip("a file of " + std::to_string(file.size()) + " bytes");
  const uint64_t nbytes = std::min(file.size(), kEndNbytes + kMaxCommentNbytes);
  CAIRN_ASSIGN_OR_RETURN(const auto tail, ReadBytes(file, file.size() - nbytes, nbytes));
  std::optional<uint64_t> found;
  for (uint64_t at = 0; at + kEndNbytes <= nbytes; ++at) {
    if (At<uint32_t>(tail, at) != kEndMagic) continue;
    if (At<uint16_t>(tail, at + 20) != nbytes - at - kEndNbytes) continue;
    if (found) return Status(Reason::kAmbiguous, "two records end the archive");
    found = file.size() - nbytes + at;
  }
  if (found) return *found;
  return NoZip("no record ends the archive: it was cut, or is none");
}

Result<End> ReadEnd64(const RandomAccessFile& file, uint64_t end_at) {
  if (end_at < kLocator64Nbytes + kEnd64Nbytes) return NoZip("no room for a zip64 record");
  const uint64_t locator_at = end_at - kLocator64Nbytes;
  CAIRN_ASSIGN_OR_RETURN(const auto locator, ReadBytes(file, locator_at, kLocator64Nbytes));
  if (At<uint32_t>(locator, 0) != kLocator64Magic) return NoZip("no zip64 locator");
  End end;
  end.position = At<uint64_t>(locator, 8);
  // Some readers expect the record right before its locator, others follow the offset in it. Both
  // must find the same record.
  if (end.position != locator_at - kEnd64Nbytes)
    return Status(Reason::kAmbiguous, "the zip64 record does not stand before its locator");
  CAIRN_ASSIGN_OR_RETURN(const auto record, ReadBytes(file, end.position, kEnd64Nbytes));
  if (At<uint32_t>(record, 0) != kEnd64Magic) return NoZip("no zip64 record");
  end.num_members = At<uint64_t>(record, 32);
  end.directory_nbytes = At<uint64_t>(record, 40);
  end.directory_offset = At<uint64_t>(record, 48);
  if (At<uint64_t>(record, 24) != end.num_members)
    return Status(Reason::kUnsupported, "an archive of several disks");
  return end;
}

Result<End> ReadEnd(const RandomAccessFile& file) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t at, FindEnd(file));
  CAIRN_ASSIGN_OR_RETURN(const auto record, ReadBytes(file, at, kEndNbytes));
  End end{At<uint16_t>(record, 10), At<uint32_t>(record, 12), At<uint32_t>(record, 16), at};
  const bool has_disks = At<uint32_t>(record, 4) != 0 || At<uint16_t>(record, 8) != end.num_members;
  const bool is_64 = end.num_members == UINT16_MAX || end.directory_nbytes == UINT32_MAX ||
                     end.directory_offset == UINT32_MAX;
  if (is_64) {
    CAIRN_ASSIGN_OR_RETURN(const End end64, ReadEnd64(file, at));
    // Readers differ in which record they believe. If the two disagree, the archive has other
    // members for one reader than for another.
    const auto agree = [](uint64_t small, uint64_t most, uint64_t large) {
      return small == most || small == large;
    };
    if (!agree(end.num_members, UINT16_MAX, end64.num_members) ||
        !agree(end.directory_nbytes, UINT32_MAX, end64.directory_nbytes) ||
        !agree(end.directory_offset, UINT32_MAX, end64.directory_offset))
      return Status(Reason::kAmbiguous, "the end and its zip64 record disagree");
    end = end64;
  } else if (has_disks) {
    return Status(Reason::kUnsupported, "an archive of several disks");
  }
  if (!RangeFits(end.directory_offset, end.directory_nbytes, end.position))
    return Status(Reason::kBounds, "the directory ends past the record that names it");
  // Some readers find the directory by its offset, others by its size, back from the end. Without a
  // gap they find the same one.
  if (end.directory_offset + end.directory_nbytes != end.position)
    return Status(Reason::kAmbiguous, "there is something between the directory and the end");
  return end;
}

// Whether the fields of an entry of the directory end where its extra bytes do. Python's zipfile
// refuses others. Fewer bytes than a field has at least may be left.
Status CheckFields(Bytes extra) {
  while (extra.size() >= kFieldNbytes) {
    const uint64_t nbytes = kFieldNbytes + At<uint16_t>(extra, 2);
    if (nbytes > extra.size()) return NoZip("an extra field ends past its entry");
    extra = extra.subspan(nbytes);
  }
  return {};
}

// The content of the extra field `id`, if there is one. Errors: kAmbiguous, where there are two.
Result<std::optional<Bytes>> FindField(Bytes extra, uint16_t id) {
  std::optional<Bytes> found;
  while (extra.size() >= kFieldNbytes) {
    const auto size = At<uint16_t>(extra, 2);
    if (size > extra.size() - kFieldNbytes) break;
    if (At<uint16_t>(extra, 0) == id) {
      if (found) return Status(Reason::kAmbiguous, "two extra fields of one kind");
      found = extra.subspan(kFieldNbytes, size);
    }
    extra = extra.subspan(kFieldNbytes + size);
  }
  return found;
}

// Replaces the sizes that say "see the extra field" by those that it has, in their order.
Status TakeZip64(Bytes extra, ZipMember& member) {
  CAIRN_ASSIGN_OR_RETURN(std::optional<Bytes> field, FindField(extra, kZip64Field));
  for (uint64_t* const size : {&member.nbytes, &member.packed_nbytes, &member.header_offset}) {
    if (*size != UINT32_MAX) continue;
    if (!field) return NoZip("a zip64 field is missing");
    if (field->size() < 8) return NoZip("a zip64 field is too short");
    *size = At<uint64_t>(*field, 0);
    field = field->subspan(8);
  }
  return {};
}

Result<std::string> NoteIn(Bytes extra) {
  CAIRN_ASSIGN_OR_RETURN(const std::optional<Bytes> field, FindField(extra, kNoteField));
  return std::string(field ? AsText(*field) : "");
}

// Method, note and what else an entry says of a member of this name.
Status CheckEntry(ZipMember& member, uint8_t version, uint16_t method, Bytes extra) {
  if (version > kLatestVersion)
    return Status(Reason::kUnsupported, "needs version " + std::to_string(version) +
                                            " of the format, known are those up to " +
                                            std::to_string(kLatestVersion));
  if ((member.flags & kEncryptedFlag) != 0) return Status(Reason::kUnsupported, "is encrypted");
  if (method != static_cast<uint16_t>(ZipMethod::kStored) &&
      method != static_cast<uint16_t>(ZipMethod::kDeflated))
    return Status(Reason::kUnsupported, "is packed by method " + std::to_string(method) +
                                            ", stored and deflated ones are read");
  member.method = static_cast<ZipMethod>(method);
  CAIRN_RETURN_IF_ERROR(CheckFields(extra));
  CAIRN_RETURN_IF_ERROR(TakeZip64(extra, member));
  CAIRN_ASSIGN_OR_RETURN(member.note, NoteIn(extra));
  CAIRN_RETURN_IF_ERROR(CheckZipName(member.name));
  // A reader may go by either size. Both must give it the same bytes.
  if (member.method == ZipMethod::kStored && member.packed_nbytes != member.nbytes)
    return Status(Reason::kAmbiguous, "is stored, and has two sizes");
  return {};
}

// One entry of the directory; takes its bytes off `bytes`.
Result<ZipMember> TakeEntry(Bytes& bytes, const Limits& limits) {
  if (bytes.size() < kCentralNbytes || At<uint32_t>(bytes, 0) != kCentralMagic)
    return NoZip("the directory holds fewer members than the end counts");
  ZipMember member;
  member.flags = At<uint16_t>(bytes, 8);
  const auto version = At<uint8_t>(bytes, 6);
  const auto method = At<uint16_t>(bytes, 10);
  member.crc32 = At<uint32_t>(bytes, 16);
  member.packed_nbytes = At<uint32_t>(bytes, 20);
  member.nbytes = At<uint32_t>(bytes, 24);
  const uint64_t name_nbytes = At<uint16_t>(bytes, 28);
  const uint64_t extra_nbytes = At<uint16_t>(bytes, 30);
  const uint64_t rest_nbytes = extra_nbytes + At<uint16_t>(bytes, 32);
  member.header_offset = At<uint32_t>(bytes, 42);
  if (bytes.size() - kCentralNbytes < name_nbytes + rest_nbytes)
    return NoZip("a member ends past the directory");
  if (name_nbytes > limits.name_nbytes)
    return Status(Reason::kLimit, "a name of " + std::to_string(name_nbytes) + " bytes");
  member.name = AsText(bytes.subspan(kCentralNbytes, name_nbytes));
  const Bytes extra = bytes.subspan(kCentralNbytes + name_nbytes, extra_nbytes);
  bytes = bytes.subspan(kCentralNbytes + name_nbytes + rest_nbytes);
  if (const Status sound = CheckEntry(member, version, method, extra); !sound.ok())
    return InMember(sound, member);
  return member;
}

// Members must lie one after the other, from the start of the file to the directory.
Status CheckPlaces(const std::vector<ZipMember>& members, uint64_t directory_offset) {
  if (!members.empty() && members[0].header_offset != 0)
    return Status(Reason::kAmbiguous, "there is something before the first member");
  uint64_t position = 0;
  for (const ZipMember& member : members) {
    if (member.header_offset < position)
      return InMember(Status(Reason::kOverlap, "begins inside the member before it"), member);
    const uint64_t least = kLocalNbytes + member.name.size();
    if (!RangeFits(member.header_offset, least, directory_offset) ||
        !RangeFits(member.header_offset + least, member.packed_nbytes, directory_offset))
      return InMember(Status(Reason::kBounds, "ends past the start of the directory"), member);
    position = member.header_offset + least + member.packed_nbytes;
  }
  return {};
}

Status CheckNames(const std::vector<ZipMember>& members) {
  std::vector<std::string_view> names;
  names.reserve(members.size());
  for (const ZipMember& member : members) names.push_back(member.name);
  const bool is_in_order =
      std::ranges::adjacent_find(names, std::ranges::greater_equal()) == names.end();
  if (is_in_order) return {};
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  if (twice == names.end()) return {};
  return Status(Reason::kDuplicate, "member " + Quoted(*twice) + " twice");
}

Result<std::vector<ZipMember>> Read(const RandomAccessFile& file, const Limits& limits) {
  CAIRN_ASSIGN_OR_RETURN(const End end, ReadEnd(file));
  if (end.directory_nbytes > limits.metadata_nbytes || end.num_members > limits.num_tensors)
    return Status(Reason::kLimit, "a directory of " + std::to_string(end.num_members) +
                                      " members, " + std::to_string(end.directory_nbytes) +
                                      " bytes");
  std::vector<std::byte> buffer;
  CAIRN_ASSIGN_OR_RETURN(Bytes left,
                         ReadRange(file, end.directory_offset, end.directory_nbytes, buffer));
  std::vector<ZipMember> members;
  // The count is only a claim. Room is made for no more members than the bytes of the directory can
  // hold.
  members.reserve(std::min(end.num_members, end.directory_nbytes / kCentralNbytes));
  for (uint64_t i = 0; i < end.num_members; ++i) {
    CAIRN_ASSIGN_OR_RETURN(ZipMember member, TakeEntry(left, limits));
    members.push_back(std::move(member));
  }
  if (!left.empty()) return NoZip("the directory holds more members than the end counts");
  // CheckPlaces compares neighbours, and a directory may list its members in any order.
  if (!std::ranges::is_sorted(members, {}, &ZipMember::header_offset))
    std::ranges::stable_sort(members, {}, &ZipMember::header_offset);
  CAIRN_RETURN_IF_ERROR(CheckPlaces(members, end.directory_offset));
  CAIRN_RETURN_IF_ERROR(CheckNames(members));
  return members;
}

Result<uint64_t> Locate(const RandomAccessFile& file, const ZipMember& member) {
  const uint64_t nbytes = kLocalNbytes + member.name.size();
  if (!RangeFits(member.header_offset, nbytes, file.size()))
    return Status(Reason::kBounds, "its header ends past the file");
  std::vector<std::byte> buffer;
  CAIRN_ASSIGN_OR_RETURN(const Bytes header, ReadRange(file, member.header_offset, nbytes, buffer));
  if (At<uint32_t>(header, 0) != kLocalMagic) return NoZip("no local header");
  const uint64_t name_nbytes = At<uint16_t>(header, 26);
  const uint64_t extra_nbytes = At<uint16_t>(header, 28);
  const bool is_same_name =
      name_nbytes == member.name.size() && AsText(header.subspan(kLocalNbytes)) == member.name;
  if (!is_same_name) return Status(Reason::kAmbiguous, "its local header has another name");
  if (At<uint16_t>(header, 6) != member.flags ||
      At<uint16_t>(header, 8) != static_cast<uint16_t>(member.method))
    return Status(Reason::kAmbiguous, "its local header has another method or other flags");
  // With a data descriptor, sizes and checksum stand after the data, and here is nothing.
  const bool has_descriptor = (member.flags & kDescriptorFlag) != 0;
  const auto agrees = [&](uint32_t local, uint64_t central) {
    return local == central || local == UINT32_MAX || (has_descriptor && local == 0);
  };
  const auto crc32 = At<uint32_t>(header, 14);
  if ((crc32 != member.crc32 && !(has_descriptor && crc32 == 0)) ||
      !agrees(At<uint32_t>(header, 18), member.packed_nbytes) ||
      !agrees(At<uint32_t>(header, 22), member.nbytes))
    return Status(Reason::kAmbiguous, "its local header has other sizes or another checksum");
  const uint64_t extra = member.header_offset + nbytes;
  const uint64_t data = extra + extra_nbytes;
  if (!RangeFits(data, member.packed_nbytes, file.size()))
    return Status(Reason::kBounds, "it ends past the file");
  CAIRN_ASSIGN_OR_RETURN(const Bytes fields, ReadRange(file, extra, extra_nbytes, buffer));
  CAIRN_ASSIGN_OR_RETURN(const std::string note, NoteIn(fields));
  if (note != member.note) return Status(Reason::kAmbiguous, "its local header has another note");
  return data;
}

}  // namespace

Status CheckZipName(std::string_view name) {
  if (name.find('\0') != name.npos) return Status(Reason::kPath, "its name has a NUL");
  if (name.size() <= UINT16_MAX) return {};
  return Status(Reason::kLimit, "a name of " + std::to_string(name.size()) + " bytes");
}

bool UnpackingChanges(std::string_view name) {
  if (name.find('\\') != name.npos) return true;  // separates directories on Windows
  return std::ranges::any_of(Split(name, '/'), [](std::string_view part) {
    return part.empty() || part == "." || part == "..";
  });
}

Result<std::vector<ZipMember>> ReadZipDirectory(const RandomAccessFile& file,
                                                const Limits& limits) {
  return Read(file, limits).AtPath(file.path());
}

Result<uint64_t> FindZipDirectory(const RandomAccessFile& file) {
  CAIRN_ASSIGN_OR_RETURN(const End end, ReadEnd(file));
  return end.directory_offset;
}

Result<uint64_t> LocateZipData(const RandomAccessFile& file, const ZipMember& member) {
  auto data = Locate(file, member);
  if (!data.ok()) return InMember(data.status(), member).AtPath(file.path());
  return data;
}

}  // namespace cairn
