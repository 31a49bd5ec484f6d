#include "cairn/formats/tf_bundle/bundle_shards.h"

#include <algorithm>

#include "cairn/core/checked_math.h"
#include "cairn/formats/open_shard.h"
#include "cairn/formats/tf_bundle/bundle_path.h"

namespace cairn::tf_bundle {

std::string BundleShards::Part::path(uint32_t shard) const {
  return only_file.empty() ? DataPath(prefix, shard, num_shards) : only_file;
}

BundleShards BundleShards::Open(FileSystem& fs, std::vector<Part> parts, const BundleIndex& index,
                                Access access) {
  BundleShards shards;
  for (const Part& part : parts) shards.num_shards_ += part.num_shards;
  shards.parts_ = std::move(parts);
  const auto open_once = [&](const BundleIndex::Entry& entry) {
    const bool is_stored = entry.slice_list == 0;
    if (!is_stored || !shards.Has(entry.shard_id) || shards.files_.contains(entry.shard_id)) return;
    shards.files_.emplace(entry.shard_id, OpenShard(fs, shards.path(entry.shard_id), access));
  };
  for (const BundleIndex::Entry& entry : index.entries()) open_once(entry);
  for (const BundleIndex::Entry& piece : index.slice_entries()) open_once(piece);
  return shards;
}

Result<Extent> BundleShards::Locate(int32_t shard, int64_t offset, uint64_t nbytes) const {
  const auto found = files_.find(shard);
  // Open skips shard ids that the header does not count, so that no path is built from such a
  // number.
  if (found == files_.end()) {
    return Status(Reason::kBounds, "lies in shard " + std::to_string(shard) +
                                       ", the checkpoint has shards 0 to " +
                                       std::to_string(num_shards_ - 1));
  }
  if (offset < 0)
    return Status(Reason::kBounds, "offset " + std::to_string(offset) + " is negative");
  // A shard that cannot be opened is an error of its own tensors only. The others can still be
  // read.
  CAIRN_RETURN_IF_ERROR(found->second.status());
  const auto& file = *found->second;
  const auto begin = static_cast<uint64_t>(offset);
  if (!RangeFits(begin, nbytes, file->size())) {
    return Status(Reason::kBounds, std::to_string(nbytes) + " bytes end past the file, which has " +
                                       std::to_string(file->size()))
        .AtPath(file->path())
        .AtOffset(begin);
  }
  return Extent{file, begin, nbytes, std::nullopt};
}

std::vector<Status> BundleShards::FindWrongSizes(const BundleIndex& index) const {
  std::map<int32_t, uint64_t> ends;
  const auto count = [&](const BundleIndex::Entry& entry) {
    if (entry.slice_list > 0 || entry.offset < 0 || entry.nbytes < 0) return;
    uint64_t& end = ends[entry.shard_id];
    end = std::max(end, static_cast<uint64_t>(entry.offset) + static_cast<uint64_t>(entry.nbytes));
  };
  for (const BundleIndex::Entry& entry : index.entries()) count(entry);
  for (const BundleIndex::Entry& piece : index.slice_entries()) count(piece);
  std::vector<Status> errors;
  for (const auto& [shard, file] : files_) {
    if (!file.ok() || (*file)->size() == ends[shard]) continue;
    const bool is_short = (*file)->size() < ends[shard];
    errors.push_back(Status(is_short ? Reason::kTruncated : Reason::kPadding,
                            "has " + std::to_string((*file)->size()) +
                                " bytes, its tensors end at " + std::to_string(ends[shard]))
                         .AtPath((*file)->path()));
  }
  return errors;
}

std::string BundleShards::path(int32_t shard) const {
  auto number = static_cast<uint32_t>(shard);
  const Part* part = parts_.data();
  for (; number >= part->num_shards; ++part) number -= part->num_shards;
  return part->path(number);
}

}  // namespace cairn::tf_bundle
