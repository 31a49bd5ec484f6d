#include "cairn/formats/safetensors/file_set.h"

#include <algorithm>
#include <set>

#include "cairn/core/escape.h"
#include "cairn/core/hex.h"
#include "cairn/formats/open_shard.h"
#include "cairn/formats/safetensors/packed_elements.h"
#include "cairn/formats/safetensors/safetensors.h"
#include "cairn/io/path.h"
#include "cairn/io/read_head.h"
#include "cairn/source/extent_source.h"
#include "cairn/source/string_source.h"

namespace cairn::safetensors {
namespace {

class FileTable final : public TensorTable {
 public:
  explicit FileTable(std::vector<FileHeader> files) : files_(std::move(files)) {
    for (uint32_t file = 0; file < files_.size(); ++file) {
      for (uint32_t i = 0; i < files_[file].entries.size(); ++i)
        rows_.push_back({files_[file].entries[i].name, nullptr, file, i});
      for (const auto& [name, strings] : files_[file].strings)
        rows_.push_back({name, &strings, file, 0});
    }
    std::ranges::stable_sort(rows_, {}, &Row::name);
    // A tensor that lies in several files is taken from the first; only a salvage meets one.
    const auto twice = std::ranges::unique(rows_, {}, &Row::name);
    rows_.erase(twice.begin(), twice.end());
  }

  size_t size() const override { return rows_.size(); }

  TensorInfo info(size_t i) const override {
    const Row& row = rows_[i];
    if (row.strings != nullptr)
      return {row.name, DType::kString, row.strings->dims, row.strings->elements.total_nbytes()};
    const HeaderEntry entry = EntryOf(row);
    // Packed elements are unpacked into one byte each; their number was checked when they were
    // read.
    const uint64_t nbytes =
        IsPacked(entry.dtype) ? *NumElements(entry.dims) : entry.end - entry.begin;
    return {entry.name, entry.dtype, entry.dims, nbytes};
  }

  Result<std::shared_ptr<const TensorSource>> source(size_t i) const override {
    const Row& row = rows_[i];
    if (row.strings != nullptr) return MakeKept(*row.strings);
    auto source = MakeStored(row);
    if (!source.ok()) return source.status().InTensor(row.name);
    return *std::move(source);
  }

  std::optional<StoredAt> stored_at(size_t i) const override {
    const Row& row = rows_[i];
    if (row.strings != nullptr) return std::nullopt;
    const HeaderEntry entry = EntryOf(row);
    const FileHeader& file = files_[row.file];
    return StoredAt{file.file->path(), row.file, file.data_offset + entry.begin,
                    entry.end - entry.begin, ChecksumOf(row)};
  }

 private:
  struct Row {
    std::string_view name;
    const KeptStrings* strings;  // of a tensor that is kept in the metadata
    uint32_t file;
    uint32_t entry;
  };

  HeaderEntry EntryOf(const Row& row) const { return files_[row.file].entries[row.entry]; }

  std::optional<Checksum> ChecksumOf(const Row& row) const {
    const FileHeader& file = files_[row.file];
    if (file.crc32cs.empty()) return std::nullopt;
    return Checksum{Checksum::Kind::kCrc32c, file.crc32cs[row.entry]};
  }

  static Result<std::shared_ptr<const TensorSource>> MakeKept(const KeptStrings& strings) {
    CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(strings.dims));
    return MakeStringSource(DType::kString, std::move(shape), strings.elements);
  }

  Result<std::shared_ptr<const TensorSource>> MakeStored(const Row& row) const {
    const HeaderEntry entry = EntryOf(row);
    const FileHeader& file = files_[row.file];
    CAIRN_ASSIGN_OR_RETURN(Shape shape, Shape::Make(entry.dims));
    Extent extent{file.file, file.data_offset + entry.begin, entry.end - entry.begin,
                  ChecksumOf(row)};
    if (IsPacked(entry.dtype))
      return UnpackElements(entry.dtype, std::move(shape), std::move(extent));
    CAIRN_ASSIGN_OR_RETURN(auto source,
                           ExtentSource::Make(entry.dtype, std::move(shape), std::move(extent)));
    return std::shared_ptr<const TensorSource>(std::move(source));
  }

  std::vector<FileHeader> files_;
  std::vector<Row> rows_;
};

// A tensor of one of the files.
struct Found {
  std::string_view tensor;
  std::string_view file;  // its name
};

std::vector<Found> AllByName(std::span<const FileHeader> files) {
  std::vector<Found> all;
  size_t count = 0;
  for (const FileHeader& file : files) count += file.entries.size();
  all.reserve(count);
  for (const FileHeader& file : files) {
    const std::string_view name = BaseName(file.file->path());
    for (const HeaderEntry& entry : file.entries.all()) all.push_back({entry.name, name});
  }
  std::ranges::sort(all, {},
                    [](const Found& found) { return std::pair(found.tensor, found.file); });
  return all;
}

// Whether each tensor of these files lies in the one that the index says, and in no other.
Status CheckIndex(const ShardIndex& index, std::span<const FileHeader> files) {
  const std::vector<Found> found = AllByName(files);
  // Readers would disagree about the value of a tensor that lies in two files.
  const auto twice = std::ranges::adjacent_find(found, {}, &Found::tensor);
  if (twice != found.end())
    return Status(Reason::kDuplicate,
                  "lies in " + Quoted(twice[0].file) + " and in " + Quoted(twice[1].file))
        .InTensor(twice->tensor);
  for (const auto& [tensor, file] : found) {
    if (!std::ranges::binary_search(index.weight_map, tensor, {}, &ShardIndex::Place::tensor))
      return Status(Reason::kFormat, "lies in " + Quoted(file) + " and is not in the index")
          .InTensor(tensor);
  }
  // A file that could not be read has an error of its own.
  std::set<std::string_view> read;
  for (const FileHeader& file : files) read.insert(BaseName(file.file->path()));
  // Every tensor that was found is listed, and both are in the order of names.
  auto at = found.begin();
  for (const auto& [tensor, number] : index.weight_map) {
    const std::string& file = index.file_names[number];
    if (!read.contains(file)) continue;
    if (at == found.end() || at->tensor != tensor || at->file != file)
      return Status(Reason::kMissing, "is not in " + Quoted(file)).InTensor(tensor);
    ++at;
  }
  return {};
}

std::string TextOf(const FileMark& mark) {
  return "checksum " + Hex(mark.identity) + " and " + std::to_string(mark.nbytes) + " bytes";
}

// Whether this is the file that the index was written with. A file of another checkpoint of the
// same model has the same tensors, and each of them verifies.
Status CheckMark(const ShardIndex& index, const std::string& name, const FileHeader& header) {
  if (index.files.empty()) return {};
  const auto mark = index.files.find(name);
  if (mark == index.files.end())
    return Status(Reason::kFormat, "the index marks other files, and not this one");
  const FileMark found{header.identity.value_or(0), header.file->size()};
  if (header.identity && found == mark->second) return {};
  return Status(Reason::kFormat, "is not the file that the index was written with: it has " +
                                     TextOf(found) + ", the index expects " + TextOf(mark->second))
      .WithHint(
          "the index or the file belongs to another checkpoint, or is damaged: copy all "
          "files of one checkpoint again");
}

// Adds the file `name` beside the index to the set. A file of another checkpoint is left out. One
// whose header is damaged is kept, since each of its tensors is verified by itself.
Status AddShard(FileSystem& fs, const std::string& directory, const std::string& name,
                const OpenOptions& options, FileSet& set) {
  CAIRN_ASSIGN_OR_RETURN(auto file, OpenShard(fs, JoinPath(directory, name), options.access));
  CAIRN_ASSIGN_OR_RETURN(FileHeader header, ReadFileHeader(std::move(file), options.limits));
  const Status marked = CheckMark(*set.index, name, header).AtPath(header.file->path());
  if (marked.ok() || !header.json_error.ok()) set.files.push_back(std::move(header));
  return marked;
}

Result<ShardIndex> ReadIndex(const RandomAccessFile& file, const Limits& limits) {
  CAIRN_ASSIGN_OR_RETURN(const std::string json, ReadText(file, limits));
  return ParseShardIndex(json, limits);
}

std::vector<std::string> SortedNames(const ShardIndex& index) {
  std::vector<std::string> names = index.file_names;
  std::ranges::sort(names);
  return names;
}

Result<FileSet> ReadSharded(FileSystem& fs, const RandomAccessFile& file,
                            const OpenOptions& options, std::vector<Status>* problems) {
  FileSet set;
  CAIRN_ASSIGN_OR_RETURN(set.index, ReadIndex(file, options.limits));
  const std::vector<std::string> names = SortedNames(*set.index);
  if (names.size() > options.limits.num_shards)
    return Status(Reason::kLimit, std::to_string(names.size()) + " files");
  for (const std::string& name : names) {
    Status added = AddShard(fs, DirectoryOf(file.path()), name, options, set);
    if (added.ok()) continue;
    if (problems == nullptr) return added;
    problems->push_back(std::move(added));
  }
  const Status checked = CheckIndex(*set.index, set.files);
  if (!checked.ok() && problems == nullptr) return checked;
  if (!checked.ok()) problems->push_back(checked.AtPath(file.path()));
  return set;
}

// Whether these are the first bytes of an index, and not of a file.
bool IsIndex(std::string_view head) {
  return !FileSet::LooksLikeFile(head) && FileSet::LooksLikeIndex(head);
}

}  // namespace

Result<std::string> ReadText(const RandomAccessFile& file, const Limits& limits) {
  if (file.size() > limits.metadata_nbytes)
    return Status(Reason::kLimit, "an index of " + std::to_string(file.size()) +
                                      " bytes, at most " + std::to_string(limits.metadata_nbytes) +
                                      " are read");
  std::string text(file.size(), '\0');
  CAIRN_RETURN_IF_ERROR(file.ReadAt(0, std::as_writable_bytes(std::span(text))));
  return text;
}

bool FileSet::LooksLikeFile(std::string_view head) {
  return head.size() > kPrefixNbytes && head[kPrefixNbytes] == '{';
}

bool FileSet::LooksLikeIndex(std::string_view head) {
  const size_t first = head.find_first_not_of(" \t\r\n");
  return first != head.npos && head[first] == '{' &&
         (head.find("\"weight_map\"") != head.npos || head.find("\"total_size\"") != head.npos);
}

Result<FileSet> FileSet::Read(FileSystem& fs, const std::string& path, const OpenOptions& options,
                              std::vector<Status>* problems) {
  CAIRN_ASSIGN_OR_RETURN(auto file, fs.OpenForReading(path, options.access));
  CAIRN_ASSIGN_OR_RETURN(const std::string head, ReadHead(*file, kHeadNbytes));
  if (IsIndex(head)) return ReadSharded(fs, *file, options, problems).AtPath(path);
  if (path.ends_with(kIndexExtension))
    return Status(Reason::kFormat, "has the name of an index and is not one")
        .AtPath(path)
        .WithHint("another file lies under the name of the index: copy the index again");
  FileSet set;
  CAIRN_ASSIGN_OR_RETURN(FileHeader header, ReadFileHeader(std::move(file), options.limits));
  set.files.push_back(std::move(header));
  return set;
}

Result<std::vector<std::string>> FileSet::ListShards(FileSystem& fs, const std::string& path,
                                                     const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(path, options.access));
  CAIRN_ASSIGN_OR_RETURN(const std::string head, ReadHead(*file, kHeadNbytes));
  std::vector<std::string> paths;
  if (!IsIndex(head)) return paths;
  CAIRN_ASSIGN_OR_RETURN(const ShardIndex index, ReadIndex(*file, options.limits).AtPath(path));
  for (const std::string& name : SortedNames(index))
    paths.push_back(JoinPath(DirectoryOf(path), name));
  return paths;
}

TensorDict MakeDict(FileSet set) {
  Metadata metadata;
  // A key that several files have is taken from the first.
  for (FileHeader& file : set.files) metadata.merge(file.metadata);
  return TensorDict(std::make_shared<const FileTable>(std::move(set.files)), std::move(metadata));
}

}  // namespace cairn::safetensors
