// PlanCopy: which data files a copy of a bundle gets, and its index.
#include <algorithm>
#include <optional>
#include <set>

#include "cairn/codec/sstable/table_writer.h"
#include "cairn/core/escape.h"
#include "cairn/formats/tf_bundle/bundle_index.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/bundle_proto.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/io/path.h"
#include "cairn/io/temporary_name.h"

namespace cairn::tf_bundle {
namespace {

// TensorFlow's Saver writes the metagraph of a checkpoint beside it.
constexpr std::string_view kMetagraphEnding = ".meta";

// The checkpoint that is copied.
struct Original {
  std::shared_ptr<const RandomAccessFile> index;
  uint32_t num_shards = 0;
  std::vector<uint32_t> shards;  // the data files that are there, ascending
};

// A data file in which no tensor lies may be missing: nobody opens it.
Result<Original> FindOriginal(FileSystem& fs, const std::string& prefix) {
  Original original;
  CAIRN_ASSIGN_OR_RETURN(original.index, fs.OpenForReading(IndexPath(prefix), Access::kRead));
  CAIRN_ASSIGN_OR_RETURN(const BundleIndex index, BundleIndex::Read(original.index, {}));
  original.num_shards = index.header().num_shards;
  const std::set<int32_t> needed = index.ShardsWithTensors();
  for (uint32_t shard = 0; shard < original.num_shards; ++shard) {
    const std::string path = DataPath(prefix, shard, original.num_shards);
    CAIRN_ASSIGN_OR_RETURN(const bool is_there, fs.Exists(path));
    if (is_there) {
      original.shards.push_back(shard);
    } else if (needed.contains(static_cast<int32_t>(shard))) {
      return Status(Reason::kMissing, "is not there, and tensors lie in it").AtPath(path);
    }
  }
  return original;
}

// The files under the name that the copy gets.
struct Place {
  bool has_index = false;
  std::optional<uint32_t> num_shards;  // as its index says; nothing where that cannot be read
  std::vector<std::string> data;       // paths of data files
  std::vector<std::string> temporaries;

  // Whether a data file of the copy may have a name of this count. The index names those of its
  // own count. Where it cannot be read, nobody knows which it names.
  bool IsFree(uint32_t count) const {
    if (num_shards || !has_index) return num_shards != count;
    return std::ranges::none_of(
        data, [&](const std::string& path) { return ParseDataPath(path)->num_shards == count; });
  }
  bool IsNamed(const std::string& path) const {
    return has_index && (!num_shards || ParseDataPath(path)->num_shards == *num_shards);
  }
};

Result<Place> FindPlace(FileSystem& fs, const std::string& prefix) {
  Place place;
  CAIRN_ASSIGN_OR_RETURN(place.has_index, fs.Exists(IndexPath(prefix)));
  if (place.has_index) {
    const auto file = fs.OpenForReading(IndexPath(prefix), Access::kRead);
    const auto index = file.ok() ? BundleIndex::Read(*file, {}) : file.status();
    if (index.ok()) place.num_shards = index->header().num_shards;
  }
  const std::string directory = DirectoryOf(prefix);
  const auto names = fs.List(directory);
  if (names.status().reason() == Reason::kMissing) return place;
  CAIRN_RETURN_IF_ERROR(names.status());
  for (const std::string& name : *names) {
    const auto final_name = FinalNameOf(name);
    if (!HasMember(BaseName(prefix), final_name.value_or(name))) continue;
    if (final_name) {
      place.temporaries.push_back(JoinPath(directory, name));
    } else if (ParseDataPath(name)) {
      place.data.push_back(JoinPath(directory, name));
    }
  }
  return place;
}

// The number of data files that the index of the copy counts: that of the original where it is
// free, else the next one.
Result<uint32_t> ChooseCount(const Original& original, const Place& place) {
  const auto most = static_cast<uint32_t>(Limits().num_shards);
  for (uint32_t count = original.num_shards; count <= most; ++count) {
    if (place.IsFree(count)) return count;
  }
  return Status(Reason::kLimit,
                "the names of more than " + std::to_string(most) + " data files would be needed");
}

Result<std::string> ReadWhole(const RandomAccessFile& file) {
  std::string content(file.size(), '\0');
  CAIRN_RETURN_IF_ERROR(file.ReadAt(0, std::as_writable_bytes(std::span(content))));
  return content;
}

// The index with another number of data files in its header. Entries keep their bytes.
Result<std::string> IndexWithCount(const std::shared_ptr<const RandomAccessFile>& index,
                                   uint32_t count) {
  CAIRN_ASSIGN_OR_RETURN(const auto from, sstable::TableReader::Open(index));
  sstable::TableWriter to;
  CAIRN_RETURN_IF_ERROR(from.ForEach([&](std::string_view key, Bytes value) -> Status {
    if (!key.empty()) return to.Add(key, AsText(value));
    CAIRN_ASSIGN_OR_RETURN(const std::string header, WithNumShards(value, count));
    return to.Add(key, header);
  }));
  return to.Finish();
}

}  // namespace

std::string CommitPath(const std::string& prefix) { return IndexPath(prefix); }

bool HasMember(std::string_view prefix, std::string_view file) {
  if (!file.starts_with(prefix)) return false;
  const std::string_view ending = file.substr(prefix.size());
  if (ending == IndexPath("") || ending == kMetagraphEnding) return true;
  const auto data = ParseDataPath(ending);
  return data && data->prefix.empty();
}

Result<CopyPlan> PlanCopy(FileSystem& fs, const std::string& from, const std::string& to) {
  CAIRN_ASSIGN_OR_RETURN(const Original original, FindOriginal(fs, from));
  CAIRN_ASSIGN_OR_RETURN(Place place, FindPlace(fs, to));
  CAIRN_ASSIGN_OR_RETURN(const uint32_t count, ChooseCount(original, place).AtPath(to));
  CopyPlan plan;
  plan.commit_path = IndexPath(to);
  plan.replaces = place.has_index;
  if (count == original.num_shards) {
    CAIRN_ASSIGN_OR_RETURN(plan.commit_content, ReadWhole(*original.index));
  } else {
    CAIRN_ASSIGN_OR_RETURN(plan.commit_content, IndexWithCount(original.index, count));
  }
  for (const uint32_t shard : original.shards)
    plan.files.push_back({DataPath(from, shard, original.num_shards), DataPath(to, shard, count)});
  for (std::string& path : place.data)
    (place.IsNamed(path) ? plan.replaced : plan.unnamed).push_back(std::move(path));
  std::ranges::move(place.temporaries, std::back_inserter(plan.unnamed));
  return plan;
}

}  // namespace cairn::tf_bundle
