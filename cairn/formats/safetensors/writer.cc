// Save: the data, then the header that has its checksums, then the rename that is the commit.
#include <algorithm>
#include <numeric>

#include "cairn/core/bookkeeping.h"
#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"
#include "cairn/formats/cannot_hold.h"
#include "cairn/formats/check_does_not_exist.h"
#include "cairn/formats/safetensors/file_header.h"
#include "cairn/formats/safetensors/packed_elements.h"
#include "cairn/formats/safetensors/safetensors.h"
#include "cairn/formats/safetensors/shard_index.h"
#include "cairn/formats/safetensors/shard_name.h"
#include "cairn/formats/write_values.h"
#include "cairn/io/durable_files.h"
#include "cairn/io/path.h"

namespace cairn::safetensors {
namespace {

// Whether a tensor goes into the metadata.
bool IsKept(const TensorInfo& info, StringTensors strings) {
  return IsBookkeepingText(info) ||
         (info.dtype == DType::kString && strings == StringTensors::kMetadata);
}

// Why a tensor cannot be held; "" where it can.
std::string ProblemWith(const TensorInfo& info, StringTensors strings) {
  if (!IsUtf8(info.name)) return "its name is not UTF-8";
  if (info.name == "__metadata__") return "the name is that of the metadata";
  if (IsKept(info, strings)) return "";
  if (InfoOf(info.dtype).safetensors.empty()) return std::string(Name(info.dtype));
  // Unpacked elements have one byte each.
  const Status packed =
      IsPacked(info.dtype) ? StoredNbytes(info.dtype, info.nbytes).status() : Status();
  return std::string(packed.message());
}

// One file of the checkpoint to be.
struct PlannedFile {
  std::string path;
  Header header;
  std::vector<std::shared_ptr<const TensorSource>> sources;  // of the entries
  uint64_t data_nbytes = 0;
  uint64_t data_offset = 0;  // what stands before the data: size and header
  uint32_t identity = 0;     // of the file, once it is written

  uint64_t nbytes() const { return data_offset + data_nbytes; }
};

// Aligned tensors stay aligned: those of larger elements come first, in the order of the names.
// Empty ones before all of them: so this is the order in which a header is read.
std::vector<size_t> OrderOf(const TensorDict& dict) {
  std::vector<size_t> order(dict.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater(), [&](size_t i) {
    const TensorInfo info = dict.info(i);
    return info.nbytes == 0 ? UINT64_MAX : ElementNbytes(info.dtype);
  });
  return order;
}

class Planner {
 public:
  Planner(const TensorDict& dict, const SaveOptions& options) : dict_(dict), options_(options) {}

  Result<std::vector<PlannedFile>> Run() {
    files_.emplace_back();
    for (const size_t i : OrderOf(dict_)) CAIRN_RETURN_IF_ERROR(Add(i));
    return std::move(files_);
  }

 private:
  Status Add(size_t i) {
    const TensorInfo info = dict_.info(i);
    if (IsKept(info, options_.strings)) return Status();
    CAIRN_ASSIGN_OR_RETURN(auto source, dict_.source(i));
    if (IsPacked(info.dtype)) {
      CAIRN_ASSIGN_OR_RETURN(source, PackElements(std::move(source)));
    }
    const uint64_t nbytes = source->nbytes();
    const auto end = CheckedAdd(files_.back().data_nbytes, nbytes);
    const bool is_full =
        options_.max_shard_nbytes > 0 && end.value_or(UINT64_MAX) > options_.max_shard_nbytes;
    if (is_full && !files_.back().sources.empty()) files_.emplace_back();
    PlannedFile& file = files_.back();
    const HeaderEntry entry{info.name, info.dtype, info.dims, file.data_nbytes,
                            file.data_nbytes + nbytes};
    if (entry.end < entry.begin || entry.end > INT64_MAX)
      return Status(Reason::kOverflow, "ends past 2^63 bytes").InTensor(info.name);
    file.data_nbytes = entry.end;
    file.header.entries.Add(entry);
    file.sources.push_back(std::move(source));
    return {};
  }

  const TensorDict& dict_;
  const SaveOptions& options_;
  std::vector<PlannedFile> files_;
};

// The metadata of every file. Loaders of Hugging Face take a file without metadata for one of
// PyTorch's, and refuse one whose metadata does not say whose it is.
Result<Metadata> MetadataOf(const TensorDict& dict) {
  Metadata metadata = dict.metadata();
  for (const auto& [key, text] : metadata) {
    if (!IsUtf8(key) || !IsUtf8(text))
      return Status(Reason::kArgument, "metadata " + Quoted(key) + " is not UTF-8");
  }
  metadata.emplace("format", "pt");
  return metadata;
}

// Adds the tensors that the metadata keeps, and the notes that say so.
Status AddKept(const TensorDict& dict, StringTensors strings, Metadata& metadata,
               std::vector<std::string>& notes) {
  std::vector<std::string> others;
  for (size_t i = 0; i < dict.size(); ++i) {
    const TensorInfo info = dict.info(i);
    if (!IsKept(info, strings)) continue;
    CAIRN_ASSIGN_OR_RETURN(const auto source, dict.source(i));
    CAIRN_ASSIGN_OR_RETURN(const StringTensor elements, source->ReadStrings());
    metadata[std::string(kEntryKey) + std::string(info.name)] =
        EncodeKeptStrings(info.dims, elements);
    if (IsBookkeepingText(info)) {
      notes.push_back(Escape(info.name) + " is kept in the metadata");
    } else {
      others.emplace_back(info.name);
    }
  }
  if (!others.empty()) notes.push_back(ListNames("the metadata keeps the string tensors", others));
  return {};
}

// The path without the ending of a file.
std::string StemOf(const std::string& path) {
  return path.ends_with(kFileExtension) ? path.substr(0, path.size() - kFileExtension.size())
                                        : path;
}

// "model.safetensors", or "model-00001-of-00003.safetensors" and so on.
void NameFiles(const std::string& path, std::vector<PlannedFile>& files) {
  if (files.size() == 1) {
    files[0].path = path;
    return;
  }
  const std::string stem = StemOf(path);
  for (size_t i = 0; i < files.size(); ++i) files[i].path = ShardName(stem, i, files.size());
}

// The path without the ending of an index.
std::string FilePath(const std::string& path) {
  if (!path.ends_with(kIndexExtension)) return path;
  return path.substr(0, path.size() - kIndexExtension.size()) + std::string(kFileExtension);
}

// When names and metadata are known: a head is as long as with the right checksums.
Status PlaceData(PlannedFile& file) {
  const std::vector<uint32_t> checksums(file.sources.size());
  file.data_offset = EncodeFileHead(file.header, checksums).bytes.size();
  if (file.data_offset - kPrefixNbytes <= kMaxHeaderNbytes) return {};
  return Status(Reason::kUnsupported,
                "the header would have more than " + std::to_string(kMaxHeaderNbytes) + " bytes")
      .AtPath(file.path);
}

// The data of all files together, so that threads can write to several at a time; then the heads,
// which have its checksums.
Status WriteFiles(FileSystem& fs, std::span<PlannedFile> planned, DurableFiles& files,
                  const SaveOptions& options) {
  std::vector<WriteJob> jobs;
  std::vector<std::string_view> names;
  for (size_t f = 0; f < planned.size(); ++f) {
    for (size_t i = 0; i < planned[f].sources.size(); ++i) {
      const HeaderEntry entry = planned[f].header.entries[i];
      jobs.push_back({planned[f].sources[i], &files.file(f), planned[f].data_offset + entry.begin});
      names.push_back(entry.name);
    }
  }
  CAIRN_ASSIGN_OR_RETURN(const auto checksums, WriteValues(fs, jobs, options, names));
  std::span<const uint32_t> left = checksums;
  for (size_t f = 0; f < planned.size(); ++f) {
    const size_t count = planned[f].sources.size();
    const FileHead head = EncodeFileHead(planned[f].header, left.first(count));
    CAIRN_RETURN_IF_ERROR(WriteBytes(fs, files.file(f), 0, AsBytes(head.bytes), options));
    planned[f].identity = head.identity;
    left = left.subspan(count);
  }
  return {};
}

ShardIndex IndexOf(std::span<const PlannedFile> files) {
  ShardIndex index;
  uint64_t total = 0;
  for (const PlannedFile& file : files) {
    total += file.data_nbytes;
    const auto number = static_cast<uint32_t>(index.file_names.size());
    for (const HeaderEntry& entry : file.header.entries.all())
      index.weight_map.push_back({std::string(entry.name), number});
    index.file_names.emplace_back(BaseName(file.path));
    index.files.emplace(BaseName(file.path), FileMark{file.identity, file.nbytes()});
  }
  std::ranges::sort(index.weight_map, {}, &ShardIndex::Place::tensor);
  index.total_nbytes = total;
  return index;
}

}  // namespace

Status CanHold(const TensorDict& dict, const SaveOptions& options) {
  return CheckEachCanBeHeld(dict, "safetensors",
                            [&](size_t i) { return ProblemWith(dict.info(i), options.strings); });
}

Result<SaveReport> Save(FileSystem& fs, const std::string& path, const TensorDict& dict,
                        const SaveOptions& options) {
  CAIRN_RETURN_IF_ERROR(CanHold(dict, options));
  CAIRN_ASSIGN_OR_RETURN(std::vector<PlannedFile> planned, Planner(dict, options).Run());
  SaveReport report;
  report.num_tensors = dict.size();
  report.notes = NotesOnTypes(dict);
  CAIRN_ASSIGN_OR_RETURN(const auto metadata, MetadataOf(dict));
  for (PlannedFile& file : planned) file.header.metadata = metadata;
  CAIRN_RETURN_IF_ERROR(AddKept(dict, options.strings, planned[0].header.metadata, report.notes));
  NameFiles(FilePath(path), planned);
  for (PlannedFile& file : planned) {
    CAIRN_RETURN_IF_ERROR(PlaceData(file));
    report.files.push_back(file.path);
    report.nbytes += file.nbytes();
  }
  const bool is_sharded = planned.size() > 1;
  if (is_sharded) report.files.push_back(IndexPathOf(path));
  const IfExists if_exists = is_sharded ? IfExists::kFail : options.if_exists;
  if (if_exists == IfExists::kFail) {
    for (const std::string& file : report.files) CAIRN_RETURN_IF_ERROR(CheckDoesNotExist(fs, file));
  }
  CAIRN_RETURN_IF_ERROR(
      PrepareDirectory(fs, DirectoryOf(path), report.nbytes, report.files.size()));
  DurableFiles files(fs, if_exists, options.durability, options.page_cache);
  for (const PlannedFile& file : planned)
    CAIRN_RETURN_IF_ERROR(files.Add(file.path, file.nbytes()));
  CAIRN_RETURN_IF_ERROR(WriteFiles(fs, planned, files, options).AtPath(path));
  if (is_sharded) {
    const std::string index = EncodeShardIndex(IndexOf(planned));
    report.nbytes += index.size();
    CAIRN_RETURN_IF_ERROR(WriteCommitFile(fs, files, report.files.back(), AsBytes(index), options));
  }
  CAIRN_RETURN_IF_ERROR(options.BeforeCommit());
  CAIRN_RETURN_IF_ERROR(files.Commit());
  return report;
}

}  // namespace cairn::safetensors
