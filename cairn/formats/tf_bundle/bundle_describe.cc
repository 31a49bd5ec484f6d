// Describe: what the index says of the checkpoint, and which of its files are there.
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

}  // namespace

// Reads no entry but the header: whoever asks has usually opened the checkpoint.
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
  return description;
}

}  // namespace cairn::tf_bundle
