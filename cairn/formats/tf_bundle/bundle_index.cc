#include "cairn/formats/tf_bundle/bundle_index.h"

#include <algorithm>

#include "cairn/codec/tensorflow/slice_key.h"
#include "cairn/core/escape.h"

namespace cairn::tf_bundle {
namespace {

constexpr std::string_view kNoIndex =
    "the file is damaged, or it is not the index of a TensorFlow V2 checkpoint";

// Names and shapes are kept whole, while in the file a name may share all but a byte with the one
// before it. Real indexes expand by less than the restart interval of a block, 16.
constexpr uint64_t kFreeArenaNbytes = 8 << 20;
constexpr uint64_t kMaxExpansion = 64;
// An Entry can count dimensions of so many bytes.
constexpr uint64_t kMostArenaNbytes = sizeof(int64_t) * uint64_t{UINT32_MAX};

// The first value of a V1 checkpoint, which has the same container, begins with a message as field
// 1; that of a V2 index with a number.
constexpr std::byte kV1FirstByte{0x0a};

Status NoHeader() {
  return Status(Reason::kFormat, "no header entry").WithHint(std::string(kNoIndex));
}

Result<BundleHeader> ParseHeaderEntry(std::string_view key, Bytes value, const Limits& limits) {
  if (!key.empty()) return NoHeader();
  if (!value.empty() && value[0] == kV1FirstByte) {
    return Status(Reason::kUnsupported, "is a TensorFlow V1 checkpoint, not the index of one of V2")
        .WithHint("give it a name that does not end in .index");
  }
  Result<BundleHeader> header = ParseHeader(value, limits.num_shards).In("header entry");
  if (header.status().reason() != Reason::kProto) return header;
  return Status(Reason::kFormat, std::string(header.status().message()))
      .WithHint(std::string(kNoIndex));
}

}  // namespace

class BundleIndex::Filler {
 public:
  Filler(const Limits& limits, uint64_t file_nbytes) : limits_(limits), file_nbytes_(file_nbytes) {}

  Status Take(std::string_view key, Bytes value) {
    if (!has_header_) return TakeHeader(key, value);
    if (key.size() > limits_.name_nbytes) {
      return Status(Reason::kLimit, "a name of " + std::to_string(key.size()) + " bytes, at most " +
                                        std::to_string(limits_.name_nbytes) + " are read");
    }
    if (index_.entries_.size() + index_.slice_entries_.size() >= limits_.num_tensors)
      return Status(Reason::kLimit,
                    "more than " + std::to_string(limits_.num_tensors) + " tensors");
    const Status taken = TakeTensor(key, value);
    return taken.ok() ? taken : taken.InTensor(key);  // a quote for each would cost
  }

  Result<BundleIndex> Finish() {
    if (!has_header_) return NoHeader();
    index_.ListOrphans();
    return std::move(index_);
  }

 private:
  Status TakeHeader(std::string_view key, Bytes value) {
    CAIRN_ASSIGN_OR_RETURN(index_.header_, ParseHeaderEntry(key, value, limits_));
    has_header_ = true;
    Reserve();
    if (file_nbytes_ <= limits_.metadata_nbytes) return {};
    return Status(Reason::kLimit, "an index of " + std::to_string(file_nbytes_) +
                                      " bytes, at most " + std::to_string(limits_.metadata_nbytes) +
                                      " are read");
  }

  // Room for about as much as the file holds: an array that grows by doubling touches twice the
  // memory.
  void Reserve() {
    constexpr uint64_t kMostNbytes = 64 << 20;
    constexpr uint64_t kNbytesOfEntry = 20;  // in the file, at the least; of most it is twice that
    const uint64_t nbytes = std::min(file_nbytes_, kMostNbytes);
    index_.names_.reserve(nbytes + nbytes / 8);
    index_.entries_.reserve(nbytes / kNbytesOfEntry);
    index_.dims_.reserve(nbytes / kNbytesOfEntry);
  }

  Status TakeTensor(std::string_view name, Bytes value) {
    CAIRN_RETURN_IF_ERROR(ParseEntry(value, scratch_));
    for (const std::string& slice : scratch_.slices)
      slices_nbytes_ += sizeof(std::string) + slice.size();
    const uint64_t arena_nbytes = index_.names_.size() + name.size() + slices_nbytes_ +
                                  sizeof(int64_t) * (index_.dims_.size() + scratch_.dims.size());
    const uint64_t justified = kFreeArenaNbytes + kMaxExpansion * file_nbytes_;
    const uint64_t most = std::min({limits_.metadata_nbytes, justified, kMostArenaNbytes});
    if (arena_nbytes > most) {
      return Status(Reason::kLimit,
                    "names, shapes and slices take more than " + std::to_string(most) + " bytes");
    }
    index_.Add(name, scratch_);  // takes the slices out of it
    return {};
  }

  const Limits& limits_;
  uint64_t file_nbytes_;
  BundleIndex index_;
  bool has_header_ = false;
  uint64_t slices_nbytes_ = 0;
  BundleEntry scratch_;
};

Result<BundleIndex> BundleIndex::Read(const std::shared_ptr<const RandomAccessFile>& file,
                                      const Limits& limits) {
  CAIRN_ASSIGN_OR_RETURN(const sstable::TableReader table,
                         sstable::TableReader::Open(file, limits));
  Filler filler(limits, file->size());
  CAIRN_RETURN_IF_ERROR(
      table.ForEach([&](std::string_view key, Bytes value) { return filler.Take(key, value); }));
  CAIRN_ASSIGN_OR_RETURN(BundleIndex index, filler.Finish().AtPath(file->path()));
  index.harmless_error_ = table.CheckMetaindex();
  return index;
}

Result<BundleHeader> BundleIndex::ReadHeader(const sstable::TableReader& table,
                                             const Limits& limits) {
  CAIRN_ASSIGN_OR_RETURN(const auto entry, table.Find(""));
  if (!entry) return NoHeader().AtPath(table.file().path());
  return ParseHeaderEntry("", entry->value, limits).AtPath(table.file().path());
}

BundleIndex BundleIndex::Of(const BundleHeader& header,
                            std::map<std::string, BundleEntry> entries) {
  BundleIndex index;
  index.header_ = header;
  for (auto& [name, entry] : entries) index.Add(name, entry);
  index.ListOrphans();
  return index;
}

void BundleIndex::Add(std::string_view name, BundleEntry& entry) {
  // The key of a slice begins with a zero byte. A name may do so as well, which is only known when
  // all entries are there: ListOrphans moves such a tensor back.
  const bool looks_like_slice = name.starts_with('\0') && entry.slices.empty();
  // Filled in its place: a copy would wait for each of these stores.
  Entry& added = looks_like_slice ? slice_entries_.emplace_back() : entries_.emplace_back();
  added.name_offset = names_.size();
  added.name_nbytes = static_cast<uint32_t>(name.size());
  added.dims_offset = static_cast<uint32_t>(dims_.size());
  added.rank = static_cast<uint8_t>(entry.dims.size());
  added.dtype = entry.dtype;
  added.has_crc32c = entry.masked_crc32c.has_value();
  added.masked_crc32c = entry.masked_crc32c.value_or(0);
  added.shard_id = static_cast<int32_t>(entry.shard_id);
  added.offset = entry.offset;
  added.nbytes = entry.nbytes;
  names_.append(name);
  dims_.insert(dims_.end(), entry.dims.begin(), entry.dims.end());
  if (!entry.slices.empty()) {
    slice_lists_.push_back(std::move(entry.slices));
    added.slice_list = static_cast<uint32_t>(slice_lists_.size());
  }
}

// A key that only looks like that of a slice is a tensor with an odd name, and must not vanish.
void BundleIndex::ListOrphans() {
  const auto orphans = std::ranges::stable_partition(
      slice_entries_, [&](const Entry& piece) { return IsSliceEntry(piece); });
  if (orphans.empty()) return;
  const auto listed = static_cast<std::ptrdiff_t>(orphans.size());
  entries_.insert(entries_.begin(), orphans.begin(), orphans.end());
  slice_entries_.erase(orphans.begin(), orphans.end());
  std::ranges::inplace_merge(entries_, entries_.begin() + listed, {},
                             [&](const Entry& entry) { return name(entry); });
}

bool BundleIndex::IsSliceEntry(const Entry& entry) const {
  const auto key = tensorflow::DecodeSliceKey(name(entry));
  if (!key) return false;
  const Entry* const whole = Find(entries_, key->name);
  return whole != nullptr && whole->slice_list > 0;
}

std::span<const std::string> BundleIndex::slices(const Entry& entry) const {
  if (entry.slice_list == 0) return {};
  return slice_lists_[entry.slice_list - 1];
}

std::set<int32_t> BundleIndex::ShardsWithTensors() const {
  std::set<int32_t> shards;
  for (const std::span<const Entry> listed : {entries(), slice_entries()}) {
    for (const Entry& entry : listed) {
      if (entry.slice_list == 0) shards.insert(entry.shard_id);
    }
  }
  return shards;
}

const BundleIndex::Entry* BundleIndex::FindSliceEntry(std::string_view key) const {
  return Find(slice_entries_, key);
}

const BundleIndex::Entry* BundleIndex::Find(std::span<const Entry> entries,
                                            std::string_view wanted) const {
  const auto found = std::ranges::lower_bound(entries, wanted, {},
                                              [&](const Entry& entry) { return name(entry); });
  return found != entries.end() && name(*found) == wanted ? &*found : nullptr;
}

}  // namespace cairn::tf_bundle
