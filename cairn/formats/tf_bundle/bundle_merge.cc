// Merge: the indexes of several bundles as one.
#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/core/shape.h"
#include "cairn/formats/tf_bundle/bundle_index.h"

namespace cairn::tf_bundle {
namespace {

// An entry of one of the indexes.
struct Merging {
  std::string_view name;
  const BundleIndex* index;
  const BundleIndex::Entry* entry;
  size_t part;
};

std::vector<Merging> AllByName(std::span<const BundleIndex> indexes) {
  std::vector<Merging> all;
  for (size_t part = 0; part < indexes.size(); ++part) {
    const BundleIndex& index = indexes[part];
    for (const auto entries : {index.slice_entries(), index.entries()}) {
      for (const auto& entry : entries) all.push_back({index.name(entry), &index, &entry, part});
    }
  }
  std::ranges::stable_sort(all, {}, &Merging::name);
  return all;
}

// Whether two parts may both have it: as slices of one variable.
Status CheckSame(const Merging& a, const Merging& b, std::span<const std::string> prefixes) {
  const std::string both =
      "is in " + Escape(prefixes[a.part]) + " and in " + Escape(prefixes[b.part]);
  if (a.entry->slice_list == 0 || b.entry->slice_list == 0)
    return Status(Reason::kDuplicate, both).InTensor(a.name);
  const auto dims_a = a.index->dims(*a.entry);
  const auto dims_b = b.index->dims(*b.entry);
  if (a.entry->dtype == b.entry->dtype && std::ranges::equal(dims_a, dims_b)) return {};
  return Status(a.entry->dtype == b.entry->dtype ? Reason::kShape : Reason::kDType,
                both + ", once as " + std::string(Name(a.entry->dtype)) + ToString(dims_a) +
                    " and once as " + std::string(Name(b.entry->dtype)) + ToString(dims_b))
      .InTensor(a.name);
}

BundleEntry EntryOf(const Merging& merging, int64_t first_shard) {
  const BundleIndex::Entry& from = *merging.entry;
  const auto dims = merging.index->dims(from);
  BundleEntry entry;
  entry.dtype = from.dtype;
  entry.dims.assign(dims.begin(), dims.end());
  // A number outside of its part must not become one of another part.
  const int64_t num_shards = merging.index->header().num_shards;
  const bool is_inside = from.shard_id >= 0 && from.shard_id < num_shards;
  entry.shard_id = is_inside ? first_shard + from.shard_id : -1;
  entry.offset = from.offset;
  entry.nbytes = from.nbytes;
  if (from.has_crc32c) entry.masked_crc32c = from.masked_crc32c;
  return entry;
}

}  // namespace

Result<std::vector<int64_t>> BundleIndex::MergeHeaders(std::span<const BundleIndex> indexes,
                                                       std::span<const std::string> prefixes) {
  header_ = {.num_shards = 0, .endianness = indexes[0].header_.endianness};
  std::vector<int64_t> first_shards;
  for (size_t part = 0; part < indexes.size(); ++part) {
    if (indexes[part].header_.endianness != header_.endianness) {
      return Status(Reason::kFormat, "is of another byte order than " + Escape(prefixes[0]))
          .AtPath(prefixes[part]);
    }
    first_shards.push_back(header_.num_shards);
    header_.num_shards += indexes[part].header_.num_shards;
    if (header_.num_shards > Limits().num_shards) {
      return Status(Reason::kLimit,
                    "more than " + std::to_string(Limits().num_shards) + " data files in all");
    }
  }
  return first_shards;
}

Result<BundleIndex> BundleIndex::Merge(std::vector<BundleIndex> indexes,
                                       std::span<const std::string> prefixes) {
  if (indexes.empty()) return Status(Reason::kArgument, "no bundle to merge");
  if (indexes.size() == 1) return std::move(indexes[0]);
  BundleIndex merged;
  CAIRN_ASSIGN_OR_RETURN(const auto first_shards, merged.MergeHeaders(indexes, prefixes));
  const std::vector<Merging> all = AllByName(indexes);
  for (size_t i = 0; i < all.size();) {
    BundleEntry entry = EntryOf(all[i], first_shards[all[i].part]);
    const size_t first = i;
    for (; i < all.size() && all[i].name == all[first].name; ++i) {
      if (i > first) CAIRN_RETURN_IF_ERROR(CheckSame(all[first], all[i], prefixes));
      std::ranges::copy(all[i].index->slices(*all[i].entry), std::back_inserter(entry.slices));
    }
    if (merged.dims_.size() > UINT32_MAX - kMaxRank)
      return Status(Reason::kLimit, "the tensors have more dimensions than can be counted");
    merged.Add(all[first].name, entry);
  }
  merged.ListOrphans();
  return merged;
}

}  // namespace cairn::tf_bundle
