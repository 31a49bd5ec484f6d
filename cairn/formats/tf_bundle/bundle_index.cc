#include "cairn/formats/tf_bundle/bundle_index.h"

#include <algorithm>

#include "cairn/codec/sstable/table_reader.h"
#include "cairn/core/escape.h"

namespace cairn::tf_bundle {
namespace {

constexpr std::string_view kMaybeTooNew =
    "the file is damaged, or no index of a TensorFlow V2 checkpoint (a V1 checkpoint has the same "
    "container)";

Status CheckLimits(std::string_view name, uint64_t num_entries, uint64_t names_nbytes,
                   const Limits& limits) {
  if (name.size() > limits.name_nbytes) {
    return Status(Reason::kLimit, "a name of " + std::to_string(name.size()) + " bytes, at most " +
                                      std::to_string(limits.name_nbytes) + " are read");
  }
  if (num_entries >= limits.num_tensors) {
    return Status(Reason::kLimit, "more than " + std::to_string(limits.num_tensors) + " tensors");
  }
  if (names_nbytes + name.size() > limits.metadata_nbytes) {
    return Status(Reason::kLimit,
                  "the names take more than " + std::to_string(limits.metadata_nbytes) + " bytes");
  }
  return {};
}

}  // namespace

Result<BundleIndex> BundleIndex::Read(std::shared_ptr<const RandomAccessFile> file,
                                      const Limits& limits) {
  const std::string path = file->path();
  const uint64_t file_nbytes = file->size();
  CAIRN_ASSIGN_OR_RETURN(const sstable::TableReader table,
                         sstable::TableReader::Open(std::move(file), limits));
  BundleIndex index;
  index.Reserve(file_nbytes, limits);
  bool has_header = false;
  BundleEntry scratch;
  CAIRN_RETURN_IF_ERROR(table.ForEach([&](std::string_view key, Bytes value) -> Status {
    if (!has_header) {
      if (!key.empty())
        return Status(Reason::kFormat, "no header entry").WithHint(std::string(kMaybeTooNew));
      CAIRN_ASSIGN_OR_RETURN(index.header_,
                             ParseHeader(value, limits.num_shards).In("header entry"));
      has_header = true;
      return {};
    }
    CAIRN_RETURN_IF_ERROR(CheckLimits(key, index.entries_.size() + index.pieces_.size(),
                                      index.names_.size(), limits));
    if (Status parsed = ParseEntry(value, scratch); !parsed.ok())
      return parsed.In("tensor " + Quoted(key));
    index.Add(key, scratch);
    return {};
  }));
  if (!has_header)
    return Status(Reason::kFormat, path + ": no header entry").WithHint(std::string(kMaybeTooNew));
  return index;
}

// Room for what a file of that size usually holds: growing costs more than parsing does. Memory
// that stays untouched costs nothing.
void BundleIndex::Reserve(uint64_t file_nbytes, const Limits& limits) {
  constexpr uint64_t kUsualEntryNbytes = 32;  // of the file
  const uint64_t num_entries = std::min(file_nbytes / kUsualEntryNbytes, limits.num_tensors);
  entries_.reserve(num_entries);
  dims_.reserve(2 * num_entries);
  names_.reserve(std::min(file_nbytes, limits.metadata_nbytes));
}

void BundleIndex::Add(std::string_view name, const BundleEntry& entry) {
  Entry added;
  added.name_offset = names_.size();
  added.name_nbytes = static_cast<uint32_t>(name.size());
  added.num_slices = static_cast<uint32_t>(entry.slices.size());
  added.dims_offset = dims_.size();
  added.rank = static_cast<uint32_t>(entry.dims.size());
  added.dtype = entry.dtype;
  added.has_crc32c = entry.masked_crc32c.has_value();
  added.masked_crc32c = entry.masked_crc32c.value_or(0);
  added.shard_id = static_cast<int32_t>(entry.shard_id);
  added.offset = entry.offset;
  added.nbytes = entry.nbytes;
  names_.append(name);
  dims_.insert(dims_.end(), entry.dims.begin(), entry.dims.end());
  (name.starts_with('\0') ? pieces_ : entries_).push_back(added);
}

}  // namespace cairn::tf_bundle
