// Rebuild: an index for data files that have lost theirs.
#include "cairn/codec/tensorflow/slice_key.h"
#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"
#include "cairn/formats/tf_bundle/bundle_table.h"
#include "cairn/formats/tf_bundle/leftover_files.h"
#include "cairn/formats/tf_bundle/string_payload.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/formats/verify_tensors.h"

namespace cairn::tf_bundle {
namespace {

using tensorflow::SavedTensor;
using tensorflow::SaveLayout;

constexpr uint64_t kMaxVarintNbytes = 10;

// Returns the dims of what is stored of a tensor: the whole, or its slice.
Result<std::vector<int64_t>> StoredDims(const SavedTensor& tensor) {
  if (tensor.slice.empty()) return tensor.dims;
  CAIRN_ASSIGN_OR_RETURN(const Box box, tensorflow::ResolveSlice(tensor.slice, tensor.dims));
  std::vector<int64_t> dims;
  for (const Range& range : box) dims.push_back(range.length);
  return dims;
}

// Returns the size of the strings that begin at `offset`.
Result<uint64_t> NbytesOfStrings(const RandomAccessFile& file, uint64_t offset,
                                 uint64_t num_elements) {
  const uint64_t available = file.size() - offset;
  if (num_elements > available)
    return Status(Reason::kBounds, "the strings end past the file");  // before it is multiplied
  std::vector<std::byte> head(
      std::min(available, num_elements * kMaxVarintNbytes + sizeof(uint32_t)));
  CAIRN_RETURN_IF_ERROR(file.ReadAt(offset, head));
  CAIRN_ASSIGN_OR_RETURN(const StringLengths lengths,
                         ReadStringLengths(head, available, num_elements));
  return lengths.elements_offset + lengths.total_nbytes;
}

// The entries of a save, one after the other from the start of the file. Errors: where they do not
// end exactly where the file does.
Result<std::vector<BundleEntry>> PlaceIn(const RandomAccessFile& file, uint32_t shard,
                                         const SaveLayout& save) {
  std::vector<BundleEntry> entries;
  uint64_t offset = 0;
  for (const SavedTensor& tensor : save) {
    BundleEntry entry;
    entry.dtype = tensor.dtype;
    CAIRN_ASSIGN_OR_RETURN(entry.dims, StoredDims(tensor));
    CAIRN_ASSIGN_OR_RETURN(const uint64_t num_elements, NumElements(entry.dims));
    // SaveV2 writes its tensors one after the other without gaps, so offsets follow from sizes.
    // Only strings tell their own size.
    const auto nbytes = tensor.dtype == DType::kString ? NbytesOfStrings(file, offset, num_elements)
                                                       : Nbytes(tensor.dtype, num_elements);
    CAIRN_RETURN_IF_ERROR(nbytes.status());
    if (!RangeFits(offset, *nbytes, file.size()))
      return Status(Reason::kSize, "the tensors end past the file");
    entry.shard_id = shard;
    entry.offset = static_cast<int64_t>(offset);
    entry.nbytes = static_cast<int64_t>(*nbytes);
    offset += *nbytes;
    entries.push_back(std::move(entry));
  }
  // An exact fit is the only evidence that this save wrote the file, since its checksums are lost.
  if (offset != file.size()) return Status(Reason::kSize, "the tensors end before the file");
  return entries;
}

class Rebuilder {
 public:
  Rebuilder(FileSystem& fs, BundleShards::Part part, std::span<const SaveLayout> saves,
            const OpenOptions& options)
      : fs_(fs), part_(std::move(part)), saves_(saves), options_(options) {}

  Result<Salvaged> Run(Salvaged salvaged) {
    for (uint32_t shard = 0; shard < part_.num_shards; ++shard) {
      const std::string path = part_.path(shard);
      if (const Status status = AddFile(path, shard); !status.ok())
        salvaged.lost.push_back(Finding{status.AtPath(path)});
    }
    if (entries_.empty() && !salvaged.lost.empty()) return salvaged.lost.front().error;
    BundleHeader header;
    header.num_shards = part_.num_shards;
    BundleIndex index = BundleIndex::Of(header, std::move(entries_));
    BundleShards shards = BundleShards::Open(fs_, {std::move(part_)}, index, options_.access);
    salvaged.dict = MakeDict(std::make_shared<const BundleIndex>(std::move(index)),
                             std::move(shards), Listing::kTensors);
    return salvaged;
  }

 private:
  // Adds nothing after an error.
  Status AddFile(const std::string& path, uint32_t shard) {
    CAIRN_ASSIGN_OR_RETURN(const auto file, fs_.OpenForReading(path, options_.access));
    const SaveLayout* save = nullptr;
    std::vector<BundleEntry> entries;
    for (const SaveLayout& candidate : saves_) {
      auto placed = PlaceIn(*file, shard, candidate);
      if (!placed.ok()) continue;
      // A guess between the two could give tensors the values of others.
      if (save != nullptr)
        return Status(Reason::kDuplicate,
                      "two saves of the graph fit its " + std::to_string(file->size()) + " bytes")
            .AtPath(path);
      save = &candidate;
      entries = *std::move(placed);
    }
    if (save == nullptr)
      return Status(Reason::kSize,
                    "no save of the graph writes its " + std::to_string(file->size()) + " bytes")
          .AtPath(path);
    // All keys are checked before the first entry is added, so that an error leaves entries_ as it
    // was.
    for (size_t i = 0; i < entries.size(); ++i) {
      if (const SavedTensor& tensor = (*save)[i]; entries_.contains(KeyOf(tensor)))
        return Status(Reason::kDuplicate, "the save that fits it has tensor " +
                                              Quoted(tensor.name) + " of another data file")
            .AtPath(path);
    }
    for (size_t i = 0; i < entries.size(); ++i) Add((*save)[i], std::move(entries[i]));
    return {};
  }

  static std::string KeyOf(const SavedTensor& tensor) {
    return tensor.slice.empty() ? tensor.name
                                : tensorflow::EncodeSliceKey(tensor.name, tensor.slice);
  }

  void Add(const SavedTensor& tensor, BundleEntry entry) {
    if (!tensor.slice.empty()) {
      BundleEntry& whole = entries_[tensor.name];
      whole.dtype = tensor.dtype;
      whole.dims = tensor.dims;
      whole.slices.push_back(tensorflow::EncodeTensorSlice(tensor.slice));
    }
    entries_.emplace(KeyOf(tensor), std::move(entry));
  }

  FileSystem& fs_;
  BundleShards::Part part_;
  std::span<const SaveLayout> saves_;
  const OpenOptions& options_;
  std::map<std::string, BundleEntry> entries_;
};

}  // namespace

Result<Salvaged> Rebuild(FileSystem& fs, const std::string& prefix,
                         std::span<const SaveLayout> saves, const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(const std::set<uint32_t> counts, CountsOfDataFiles(fs, prefix));
  if (counts.size() > 1) {
    return Status(Reason::kDuplicate, "data files of " + std::to_string(*counts.begin()) +
                                          " and of " + std::to_string(*counts.rbegin()) + " shards")
        .AtPath(prefix);
  }
  Salvaged salvaged;
  CAIRN_ASSIGN_OR_RETURN(
      BundleShards::Part part,
      FindDataFiles(fs, prefix, counts.empty() ? 1 : *counts.begin(), salvaged.notes));
  if (counts.empty() && part.only_file.empty())
    return Status(Reason::kMissing, "no data file").AtPath(prefix);
  return Rebuilder(fs, std::move(part), saves, options).Run(std::move(salvaged));
}

}  // namespace cairn::tf_bundle
