// Describe: what the index says of the checkpoint, and which of its files are there.
#include <algorithm>
#include <set>

#include "cairn/formats/tf_bundle/bundle_index.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"

namespace cairn::tf_bundle {
namespace {

FileDescription DescribeFile(FileSystem& fs, const std::string& path) {
  const auto info = fs.Stat(path);
  if (!info.ok()) return {path, std::nullopt};
  return {path, info->size};
}

// Leaves out the data files that are not there and that no tensor lies in: nobody opens them. A
// copy that replaced another one counts one such file.
void LeaveOutUnused(const BundleIndex& index, Description& description) {
  const std::set<int32_t> used = index.ShardsWithTensors();
  const auto is_unused = [&](const FileDescription& file) {
    const auto data = ParseDataPath(file.path);
    return !file.nbytes && data && !used.contains(static_cast<int32_t>(data->shard));
  };
  std::erase_if(description.files, is_unused);
}

bool IsMissing(const FileDescription& file) { return !file.nbytes; }

}  // namespace

// Reads no entry but the header, unless files are missing: whoever asks has usually opened the
// checkpoint.
Result<Description> Describe(FileSystem& fs, const std::string& prefix,
                             const OpenOptions& options) {
  CAIRN_ASSIGN_OR_RETURN(auto file, fs.OpenForReading(IndexPath(prefix), options.access));
  CAIRN_ASSIGN_OR_RETURN(const auto table, sstable::TableReader::Open(file, options.limits));
  CAIRN_ASSIGN_OR_RETURN(const BundleHeader header, BundleIndex::ReadHeader(table, options.limits));
  CAIRN_ASSIGN_OR_RETURN(const bool is_compressed, table.HasCompressedBlocks());
  Description description;
  description.version = "1";  // the only one that is read
  description.endianness = header.endianness == Endianness::kBig ? "big" : "little";
  description.compression = is_compressed ? "snappy" : "none";
  description.files.push_back(DescribeFile(fs, IndexPath(prefix)));
  for (uint32_t shard = 0; shard < header.num_shards; ++shard)
    description.files.push_back(DescribeFile(fs, DataPath(prefix, shard, header.num_shards)));
  if (std::ranges::none_of(description.files, IsMissing)) return description;
  if (const auto index = BundleIndex::Read(file, options.limits); index.ok())
    LeaveOutUnused(*index, description);
  return description;
}

}  // namespace cairn::tf_bundle
