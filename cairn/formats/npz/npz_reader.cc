// Everything of Format but saving: an archive, or one file, as a table.
#include <algorithm>

#include "cairn/codec/zip/member_stream.h"
#include "cairn/codec/zip/zip_head.h"
#include "cairn/codec/zip/zip_headers_checksum.h"
#include "cairn/core/escape.h"
#include "cairn/formats/npz/npy_array.h"
#include "cairn/formats/npz/npz.h"
#include "cairn/formats/verify_tensors.h"
#include "cairn/io/checksum.h"
#include "cairn/io/path.h"
#include "cairn/io/read_head.h"
#include "cairn/source/extent_source.h"

namespace cairn::npz {
namespace {

struct Array {
  std::string name;
  std::vector<int64_t> dims;
  NpyFile file;
  uint64_t value_nbytes = 0;  // unpacked
  // Where it is stored, packed or as it is.
  uint64_t offset = 0;
  uint64_t nbytes = 0;
  std::optional<Checksum> checksum = {};
};

class ArrayTable final : public TensorTable {
 public:
  ArrayTable(std::vector<Array> arrays, std::string path)
      : arrays_(std::move(arrays)), path_(std::move(path)) {
    if (!std::ranges::is_sorted(arrays_, {}, &Array::name))
      std::ranges::sort(arrays_, {}, &Array::name);
  }

  // Errors: kDuplicate (a member "x" beside "x.npy").
  Status CheckNames() const {
    const auto twice = std::ranges::adjacent_find(arrays_, {}, &Array::name);
    if (twice == arrays_.end()) return {};
    return Status(Reason::kDuplicate, "two members have this name").InTensor(twice->name);
  }

  size_t size() const override { return arrays_.size(); }
  TensorInfo info(size_t i) const override {
    const Array& array = arrays_[i];
    return {array.name, DTypeOf(array.file), array.dims, array.value_nbytes,
            array.file.header.type};
  }
  Result<std::shared_ptr<const TensorSource>> source(size_t i) const override {
    const Status& unread = arrays_[i].file.header.unread;
    if (!unread.ok()) return unread.InTensor(arrays_[i].name);
    auto source = MakeNpySource(arrays_[i].file);
    if (!source.ok()) return source.status().InTensor(arrays_[i].name);
    return source;
  }
  std::optional<StoredAt> stored_at(size_t i) const override {
    const Array& array = arrays_[i];
    return StoredAt{path_, 0, array.offset, array.nbytes, array.checksum};
  }

 private:
  std::vector<Array> arrays_;
  std::string path_;
};

// The members of one archive, shared by their sources.
struct Archive {
  std::shared_ptr<const RandomAccessFile> file;
  std::vector<ZipMember> members;
  NpyMemory memory = {};
};

// Reads the headers of stored members. Most are like the one before, and are not parsed again.
class HeaderReader {
 public:
  // All that stands before the value of a member whose data begins at `data` of the file.
  Status Read(const RandomAccessFile& file, uint64_t data, uint64_t member_nbytes) {
    constexpr uint64_t kUsualNbytes = 128;
    next_.resize(std::min(member_nbytes, kUsualNbytes));
    CAIRN_RETURN_IF_ERROR(file.ReadAt(data, next_));
    CAIRN_ASSIGN_OR_RETURN(const uint64_t nbytes, NpyHeaderNbytes(next_));
    if (nbytes > member_nbytes) return Status(Reason::kTruncated, "the header ends past the file");
    const bool is_longer = nbytes > next_.size();
    next_.resize(nbytes);
    if (is_longer) CAIRN_RETURN_IF_ERROR(file.ReadAt(data, next_));
    if (next_ == bytes_) return {};
    CAIRN_ASSIGN_OR_RETURN(header_, ParseNpyHeader(next_));
    bytes_.swap(next_);
    crc32_ = Crc32(bytes_);
    value_nbytes_.reset();
    return {};
  }

  // The header of the member that was read last.
  const NpyHeader& header() const { return header_; }
  // The checksum of the `nbytes` after it, by that of both together. CRC-32 is linear: what the
  // header adds to it is the same for all values of one size.
  uint32_t Crc32BehindIt(uint32_t both, uint64_t nbytes) {
    if (nbytes != value_nbytes_) added_ = Crc32Behind(crc32_, 0, nbytes);
    value_nbytes_ = nbytes;
    return both ^ added_;
  }

 private:
  std::vector<std::byte> next_;
  std::vector<std::byte> bytes_;
  NpyHeader header_;
  uint32_t crc32_ = 0;
  std::optional<uint64_t> value_nbytes_;  // of which `added_` is known
  uint32_t added_ = 0;
};

// A value that lies in the file as it is. Its checksum follows from those of member and header.
Status ReadStored(const Archive& archive, const ZipMember& member, HeaderReader& reader,
                  Array& array) {
  CAIRN_ASSIGN_OR_RETURN(const uint64_t data, LocateZipData(*archive.file, member));
  CAIRN_RETURN_IF_ERROR(reader.Read(*archive.file, data, member.nbytes));
  array.file.header = reader.header();
  array.offset = data + array.file.header.header_nbytes;
  array.nbytes = member.nbytes - array.file.header.header_nbytes;
  array.checksum =
      Checksum{Checksum::Kind::kCrc32, reader.Crc32BehindIt(member.crc32, array.nbytes)};
  array.file.value = Extent{archive.file, array.offset, array.nbytes, array.checksum};
  return {};
}

Status ReadDeflated(const Archive& archive, const ZipMember& member, Array& array) {
  CAIRN_ASSIGN_OR_RETURN(const auto stream, OpenZipMember(archive.file, member));
  CAIRN_ASSIGN_OR_RETURN(array.file.header, ReadNpyHeader(*stream));
  array.offset = member.header_offset;
  array.nbytes = member.packed_nbytes;
  array.checksum = Checksum{Checksum::Kind::kCrc32, member.crc32};
  return {};
}

NpyHeader UnreadHeader(std::string_view type, const Status& why) {
  NpyHeader header;
  header.type = type;
  header.unread = why;
  return header;
}

// Takes an array that is sound as far as can be told, and that another program may read, as one
// that cannot be read. Errors: all others.
Status AcceptUnread(const Status& status, Array& array) {
  const bool may_be_sound =
      status.reason() == Reason::kVersion || status.reason() == Reason::kLimit;
  if (!may_be_sound) return status;
  array.file.header = UnreadHeader("unknown", status);
  return {};
}

// A member that is no array, such as a text that someone added: numpy returns its bytes.
Array OtherFile(const ZipMember& member) {
  Array array;
  array.name = member.name;
  array.value_nbytes = member.nbytes;
  array.file.header =
      UnreadHeader("file", Status(Reason::kUnsupported, "its name does not end in .npy"));
  return array;
}

Result<Array> ReadMember(const std::shared_ptr<const Archive>& archive, size_t i,
                         HeaderReader& reader) {
  const ZipMember& member = archive->members[i];
  if (!member.name.ends_with(kEnding)) return OtherFile(member);
  Array array;
  array.name = WithoutEnding(member.name);
  const Status read = member.method == ZipMethod::kStored
                          ? ReadStored(*archive, member, reader, array)
                          : ReadDeflated(*archive, member, array);
  CAIRN_RETURN_IF_ERROR(AcceptUnread(read, array));
  const NpyHeader& header = array.file.header;
  array.value_nbytes = member.nbytes - header.header_nbytes;
  array.dims = header.dims;
  // The size of objects does not follow from the header, and a note is about numbers.
  if (!header.unread.ok()) return array;
  CAIRN_RETURN_IF_ERROR(ApplyNote(member.note, array.file));
  array.dims = DimsOf(array.file);
  const uint64_t nbytes = header.header_nbytes + ValueNbytes(header);
  // numpy reads as much as the header says, and bytes after that would be lost in silence.
  if (nbytes != member.nbytes)
    return Status(Reason::kSize, "its header needs " + std::to_string(nbytes) +
                                     " bytes, the member has " + std::to_string(member.nbytes));
  if (array.file.value) return array;
  array.file.packed_nbytes = member.packed_nbytes;
  array.file.memory = archive->memory;
  array.file.open = [archive, i] { return OpenZipMember(archive->file, archive->members[i]); };
  return array;
}

constexpr uint64_t kHeadNbytes = 128 << 10;  // the header of a member, whatever its name

using Opener = Result<TensorDict> (*)(FileSystem&, const std::string&, const OpenOptions&);

Result<VerifyReport> VerifyOpened(Opener open, FileSystem& fs, const std::string& path,
                                  const VerifyOptions& options) {
  VerifyReport report;
  const auto dict = open(fs, path, {options.access, options.limits});
  if (!dict.ok()) {
    const StatusCode code = dict.status().code();
    if (code == StatusCode::kNotFound || code == StatusCode::kUnavailable) return dict.status();
    report.findings.push_back(Finding{dict.status().AtPath(path)});
    return report;
  }
  CAIRN_RETURN_IF_ERROR(VerifyTensors(*dict, options, report));
  return report;
}

// Compares the checksum over all headers of the archive.
Status AuditHeaders(FileSystem& fs, const std::string& path, const VerifyOptions& options,
                    VerifyReport& report) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(path, options.access));
  CAIRN_ASSIGN_OR_RETURN(const auto members, ReadZipDirectory(*file, options.limits));
  const Status sound = CheckZipHeaders(*file, members, options.limits);
  if (sound.code() != StatusCode::kDataLoss) return sound;
  report.findings.push_back(Finding{sound});
  return {};
}

}  // namespace

// The first member tells: it is an .npy file, or there is none.
Result<bool> RecogniseNpz(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const std::string head, ReadHeadAt(fs, path, kHeadNbytes));
  const auto first = FirstZipMember(head);
  return first && (first->empty() || first->ends_with(kEnding));
}

Result<TensorDict> OpenNpz(FileSystem& fs, const std::string& path, const OpenOptions& options) {
  auto archive = std::make_shared<Archive>();
  CAIRN_ASSIGN_OR_RETURN(archive->file, fs.OpenForReading(path, options.access));
  CAIRN_ASSIGN_OR_RETURN(archive->members, ReadZipDirectory(*archive->file, options.limits));
  archive->memory = {options.reorder_nbytes, options.limits.max_expand};
  std::vector<Array> arrays;
  arrays.reserve(archive->members.size());
  HeaderReader reader;
  for (size_t i = 0; i < archive->members.size(); ++i) {
    const bool is_directory = archive->members[i].name.ends_with('/');
    if (is_directory) continue;
    auto array = ReadMember(archive, i, reader);
    if (!array.ok()) {
      const bool is_placed = !array.status().path().empty();
      if (is_placed) return array.status();
      return array.status().In("member " + Quoted(archive->members[i].name)).AtPath(path);
    }
    arrays.push_back(*std::move(array));
  }
  auto table = std::make_shared<const ArrayTable>(std::move(arrays), path);
  CAIRN_RETURN_IF_ERROR(table->CheckNames().AtPath(path));
  return TensorDict(std::move(table));
}

Result<VerifyReport> VerifyNpz(FileSystem& fs, const std::string& path,
                               const VerifyOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(VerifyReport report, VerifyOpened(OpenNpz, fs, path, options));
  // An archive whose directory cannot be read has its finding already.
  if (options.depth == VerifyDepth::kStrict && report.num_tensors > 0)
    CAIRN_RETURN_IF_ERROR(AuditHeaders(fs, path, options, report));
  return report;
}

Result<bool> RecogniseNpy(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const std::string head, ReadHeadAt(fs, path, kHeadNbytes));
  return head.starts_with("\x93NUMPY");
}

Result<TensorDict> OpenNpy(FileSystem& fs, const std::string& path, const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const std::shared_ptr<const RandomAccessFile> file,
                         fs.OpenForReading(path, options.access));
  auto header = ReadNpyHeader(*StreamExtent({file, 0, file->size(), std::nullopt}));
  if (!header.ok()) return header.status().AtPath(path);
  if (!header->unread.ok()) return header->unread.AtPath(path);
  const uint64_t nbytes = ValueNbytes(*header);
  // numpy can append several arrays to one file. Reading only the first would lose the others in
  // silence.
  if (header->header_nbytes + nbytes != file->size())
    return Status(
               file->size() < header->header_nbytes + nbytes ? Reason::kTruncated : Reason::kSize,
               "its header needs " + std::to_string(header->header_nbytes + nbytes) +
                   " bytes, the file has " + std::to_string(file->size()))
        .AtPath(path);
  Array array;
  array.name = WithoutEnding(BaseName(path));
  array.file = {*header, false, Extent{file, header->header_nbytes, nbytes, std::nullopt}, nullptr};
  array.dims = DimsOf(array.file);
  array.offset = header->header_nbytes;
  array.nbytes = array.value_nbytes = nbytes;
  std::vector<Array> arrays;
  arrays.push_back(std::move(array));
  return TensorDict(std::make_shared<const ArrayTable>(std::move(arrays), path));
}

Result<VerifyReport> VerifyNpy(FileSystem& fs, const std::string& path,
                               const VerifyOptions& options) {
  return VerifyOpened(OpenNpy, fs, path, options);
}

Result<Salvaged> SalvageNpz(FileSystem& fs, const std::string& path, const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(TensorDict dict, OpenNpz(fs, path, options));
  return Salvaged{std::move(dict), {}, {}};
}

Result<Salvaged> SalvageNpy(FileSystem& fs, const std::string& path, const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(TensorDict dict, OpenNpy(fs, path, options));
  return Salvaged{std::move(dict), {}, {}};
}

// Byte order and version are those of each array, not of the file.
Result<Description> DescribeNpz(FileSystem& fs, const std::string& path,
                                const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(path, options.access));
  CAIRN_ASSIGN_OR_RETURN(const auto members, ReadZipDirectory(*file, options.limits));
  const bool is_packed = std::ranges::any_of(
      members, [](const ZipMember& member) { return member.method == ZipMethod::kDeflated; });
  return Description{"", "", is_packed ? "deflate" : "none", {{path, file->size()}}};
}

Result<Description> DescribeNpy(FileSystem& fs, const std::string& path,
                                const OpenOptions& /*options*/) {
  CAIRN_ASSIGN_OR_RETURN(const FileInfo info, fs.Stat(path));
  return Description{"", "", "none", {{path, info.size}}};
}

}  // namespace cairn::npz
