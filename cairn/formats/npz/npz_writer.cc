// Save: the members, then the directory, then the rename that is the commit.
#include <algorithm>
#include <iterator>

#include "cairn/codec/npy_header.h"
#include "cairn/codec/zip/zip_writer.h"
#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"
#include "cairn/formats/cannot_hold.h"
#include "cairn/formats/check_does_not_exist.h"
#include "cairn/formats/npz/array_plan.h"
#include "cairn/formats/npz/npy_array.h"
#include "cairn/formats/npz/npz.h"
#include "cairn/formats/npz/pack_members.h"
#include "cairn/formats/write_values.h"
#include "cairn/io/checksum.h"
#include "cairn/io/durable_files.h"
#include "cairn/io/path.h"

namespace cairn::npz {
namespace {

// Values of stored members begin at multiples of this many bytes, so that mapped numbers are
// aligned.
constexpr uint64_t kAlignment = 64;

struct PlannedArchive {
  std::vector<PlannedArray> arrays;
  std::vector<ZipMember> members;  // of the same order
  // The two headers before each value of a stored archive, still without a checksum.
  std::vector<std::string> heads;
};

Result<PlannedArchive> PlanArchive(const TensorDict& dict, ZipMethod method) {
  PlannedArchive archive;
  for (size_t i = 0; i < dict.size(); ++i) {
    const std::string name(dict.name(i));
    auto array = PlanMember(dict, i);
    if (!array.ok()) return array.status().InTensor(name);
    archive.members.push_back(MakeZipMember(name + std::string(kEnding), method));
    archive.members.back().note = array->note;
    archive.arrays.push_back(*std::move(array));
  }
  if (!archive.members.empty()) archive.members.front().has_headers_checksum = true;
  return archive;
}

std::string StoredHeader(const ZipMember& member) {
  return EncodeZipLocalHeader(member, NeedsZip64(member.nbytes), kAlignment);
}

// Gives the members of a stored archive their places, and tells where they end.
Result<uint64_t> PlaceMembers(PlannedArchive& archive) {
  uint64_t position = 0;
  for (size_t i = 0; i < archive.members.size(); ++i) {
    ZipMember& member = archive.members[i];
    const PlannedArray& array = archive.arrays[i];
    member.header_offset = position;
    member.nbytes = member.packed_nbytes = array.nbytes();
    archive.heads.push_back(StoredHeader(member) + array.header);
    const auto end = CheckedAdd(position + archive.heads[i].size(), array.value->nbytes());
    if (!end || *end > INT64_MAX)
      return Status(Reason::kOverflow, "ends past 2^63 bytes").In("member " + Quoted(member.name));
    position = *end;
  }
  return position;
}

// The checksum of a member, into its entry of the directory and into its head, which is given.
std::string FinishHead(PlannedArchive& archive, size_t i, uint32_t checksum_of_value) {
  const PlannedArray& array = archive.arrays[i];
  archive.members[i].crc32 = CombineChecksum(Checksum::Kind::kCrc32, Crc32(AsBytes(array.header)),
                                             checksum_of_value, array.value->nbytes());
  SetZipCrc32(archive.heads[i], archive.members[i].crc32);
  return archive.heads[i];
}

// Each value with its headers, which have its checksum.
Result<WrittenMembers> WriteStored(FileSystem& fs, PlannedArchive& archive, WritableFile& file,
                                   const SaveOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t end, PlaceMembers(archive));
  CAIRN_RETURN_IF_ERROR(file.Allocate(end));
  std::vector<WriteJob> jobs;
  std::vector<std::string_view> names;
  for (size_t i = 0; i < archive.members.size(); ++i) {
    const ZipMember& member = archive.members[i];
    const uint64_t head_nbytes = archive.heads[i].size();
    jobs.push_back({archive.arrays[i].value, &file, member.header_offset + head_nbytes, head_nbytes,
                    Checksum::Kind::kCrc32,
                    [&archive, i](uint32_t of_value) { return FinishHead(archive, i, of_value); }});
    names.push_back(WithoutEnding(member.name));
  }
  CAIRN_RETURN_IF_ERROR(WriteValues(fs, jobs, options, names).status());
  WrittenMembers written{.end = end};
  for (const ZipMember& member : archive.members) written.AddHeader(StoredHeader(member));
  return written;
}

// Gives the bytes of the file.
Result<uint64_t> WriteArchive(FileSystem& fs, PlannedArchive& archive, WritableFile& file,
                              const SaveOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const WrittenMembers written,
                         options.compress ? PackMembers(archive.arrays, archive.members, file,
                                                        options.compression_level, options.transfer)
                                          : WriteStored(fs, archive, file, options));
  const std::string directory =
      EncodeZipDirectory(archive.members, written.end, written.headers_crc32, written.packed_crc32);
  CAIRN_RETURN_IF_ERROR(WriteBytes(fs, file, written.end, AsBytes(directory), options));
  return written.end + directory.size();
}

// Header and value. Gives the bytes of the file.
Result<uint64_t> WriteArray(FileSystem& fs, const PlannedArray& array, WritableFile& file,
                            const SaveOptions& options) {
  CAIRN_RETURN_IF_ERROR(file.Allocate(array.nbytes()));
  CAIRN_RETURN_IF_ERROR(WriteBytes(fs, file, 0, AsBytes(array.header), options));
  const WriteJob job{array.value, &file, array.header.size()};
  CAIRN_RETURN_IF_ERROR(WriteValues(fs, {&job, 1}, options).status());
  return array.nbytes();
}

// A new file, whole under its name when `write` is done.
template <typename Write>
Result<SaveReport> SaveFile(FileSystem& fs, const std::string& path, const TensorDict& dict,
                            const SaveOptions& options, Write write) {
  if (options.if_exists == IfExists::kFail) CAIRN_RETURN_IF_ERROR(CheckDoesNotExist(fs, path));
  CAIRN_RETURN_IF_ERROR(PrepareDirectory(fs, DirectoryOf(path), 0, 1));
  DurableFiles files(fs, options.if_exists, options.durability, options.page_cache);
  CAIRN_RETURN_IF_ERROR(files.Add(path, 0));
  CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, write(files.file(0)).AtPath(path));
  CAIRN_RETURN_IF_ERROR(options.BeforeCommit());
  CAIRN_RETURN_IF_ERROR(files.Commit());
  SaveReport report{dict.size(), nbytes, {path}};
  report.notes = NotesOnMetadata(dict);
  return report;
}

// Notes which tensors numpy, which does not know the private marks, reads as another dtype.
std::vector<std::string> NotesOnMarks(const TensorDict& dict, const PlannedArchive& archive) {
  return NotesOnTensors(
      dict, "will be read by numpy, which lacks their dtype, as raw bytes or integers",
      [&](size_t i) {
        const TensorInfo info = dict.info(i);
        const bool has_mark = !archive.arrays[i].note.empty() && info.dtype != DType::kString;
        return has_mark ? archive.arrays[i].note + " as " + NpyDescr(info.dtype) : "";
      });
}

std::vector<std::string> NamesThatUnpackingChanges(std::span<const ZipMember> members) {
  std::vector<std::string> names;
  for (const ZipMember& member : members) {
    if (UnpackingChanges(member.name)) names.emplace_back(WithoutEnding(member.name));
  }
  return names;
}

}  // namespace

Status CanHoldNpz(const TensorDict& dict, const SaveOptions& /*options*/) {
  return CheckMembers(dict);
}

Result<SaveReport> SaveNpz(FileSystem& fs, const std::string& path, const TensorDict& dict,
                           const SaveOptions& options) {
  CAIRN_RETURN_IF_ERROR(CheckMembers(dict));
  CAIRN_ASSIGN_OR_RETURN(
      PlannedArchive archive,
      PlanArchive(dict, options.compress ? ZipMethod::kDeflated : ZipMethod::kStored));
  CAIRN_ASSIGN_OR_RETURN(SaveReport report,
                         SaveFile(fs, path, dict, options, [&](WritableFile& file) {
                           return WriteArchive(fs, archive, file, options);
                         }));
  std::ranges::move(NotesOnMarks(dict, archive), std::back_inserter(report.notes));
  const std::vector<std::string> changed = NamesThatUnpackingChanges(archive.members);
  if (!changed.empty())
    report.notes.push_back(
        ListNames("a program that unpacks the archive would change the names", changed));
  return report;
}

Status CanHoldNpy(const TensorDict& dict, const SaveOptions& /*options*/) {
  return CheckFile(dict);
}

Result<SaveReport> SaveNpy(FileSystem& fs, const std::string& path, const TensorDict& dict,
                           const SaveOptions& options) {
  CAIRN_RETURN_IF_ERROR(CheckFile(dict));
  CAIRN_ASSIGN_OR_RETURN(const PlannedArray array, PlanFile(dict, 0));
  return SaveFile(fs, path, dict, options,
                  [&](WritableFile& file) { return WriteArray(fs, array, file, options); });
}

}  // namespace cairn::npz
