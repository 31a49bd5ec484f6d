// Recognise and Open: the index, and the data files that it counts.
#include <algorithm>
#include <iterator>

#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/bundle_table.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"

namespace cairn::tf_bundle {
namespace {

Result<TensorDict> OpenAs(Listing listing, FileSystem& fs, std::span<const std::string> prefixes,
                          const OpenOptions& options) {
  std::vector<BundleIndex> indexes;
  std::vector<BundleShards::Part> parts;
  for (const std::string& prefix : prefixes) {
    CAIRN_ASSIGN_OR_RETURN(auto file, fs.OpenForReading(IndexPath(prefix), options.access));
    CAIRN_ASSIGN_OR_RETURN(BundleIndex index, BundleIndex::Read(file, options.limits));
    if (options.warnings != nullptr && !index.harmless_error().ok())
      options.warnings->push_back(index.harmless_error());
    parts.push_back({prefix, index.header().num_shards});
    indexes.push_back(std::move(index));
  }
  CAIRN_ASSIGN_OR_RETURN(BundleIndex index, BundleIndex::Merge(std::move(indexes), prefixes));
  BundleShards shards = BundleShards::Open(fs, std::move(parts), index, options.access);
  if (options.warnings != nullptr)
    std::ranges::move(shards.FindWrongSizes(index), std::back_inserter(*options.warnings));
  return MakeDict(std::make_shared<const BundleIndex>(std::move(index)), std::move(shards),
                  listing);
}

}  // namespace

Result<bool> Recognise(FileSystem& fs, const std::string& prefix) {
  const Result<FileInfo> info = fs.Stat(IndexPath(prefix));
  if (!info.ok()) {
    if (info.status().reason() == Reason::kMissing) return false;
    return info.status();
  }
  return info->kind == FileKind::kRegular;
}

Result<TensorDict> Open(FileSystem& fs, const std::string& prefix, const OpenOptions& options) {
  return OpenAs(Listing::kTensors, fs, std::span(&prefix, 1), options);
}

Result<TensorDict> OpenSlices(FileSystem& fs, const std::string& prefix,
                              const OpenOptions& options) {
  return OpenAs(Listing::kSlices, fs, std::span(&prefix, 1), options);
}

Result<TensorDict> OpenParts(FileSystem& fs, std::span<const std::string> prefixes,
                             const OpenOptions& options) {
  return OpenAs(Listing::kTensors, fs, prefixes, options);
}

}  // namespace cairn::tf_bundle
