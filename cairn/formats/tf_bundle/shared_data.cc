#include "cairn/formats/tf_bundle/shared_data.h"

#include <algorithm>

#include "cairn/core/escape.h"
#include "cairn/source/extent_source.h"
#include "cairn/transfer/check_all.h"

namespace cairn::tf_bundle {
namespace {

using Files = std::vector<std::shared_ptr<const RandomAccessFile>>;

// Opens the data files that are shared; the others stay null.
Result<Files> OpenShared(FileSystem& fs, std::span<const std::string> paths,
                         const BundleLayout& layout) {
  Files files(paths.size());
  for (size_t shard = 0; shard < paths.size(); ++shard) {
    if (!layout.shards[shard].is_shared()) continue;
    CAIRN_ASSIGN_OR_RETURN(files[shard], fs.OpenForReading(paths[shard], Access::kMap));
    if (files[shard]->size() != layout.shards[shard].nbytes)
      return Status(Reason::kChanged, "is not as long as it was")
          .AtPath(layout.shards[shard].shared_with);
  }
  return files;
}

}  // namespace

Status AddSharedChecksums(FileSystem& fs, std::span<const std::string> paths,
                          const BundleLayout& layout, const TransferOptions& options,
                          std::vector<uint32_t>& checksums) {
  CAIRN_ASSIGN_OR_RETURN(const Files files, OpenShared(fs, paths, layout));
  std::vector<size_t> tensors;  // of the sources
  std::vector<std::shared_ptr<const TensorSource>> sources;
  for (size_t i = 0; i < layout.tensors.size(); ++i) {
    const PlacedTensor& tensor = layout.tensors[i];
    if (files[tensor.shard] == nullptr) continue;
    Extent extent = *tensor.source->extent();
    extent.file = files[tensor.shard];
    CAIRN_ASSIGN_OR_RETURN(
        auto source, ExtentSource::Make(tensor.dtype, tensor.source->shape(), std::move(extent)));
    tensors.push_back(i);
    sources.push_back(std::move(source));
  }
  CAIRN_ASSIGN_OR_RETURN(const auto checked, CheckAll(sources, options, Checksum::Kind::kCrc32c));
  for (size_t k = 0; k < tensors.size(); ++k) {
    if (!checked[k].error.ok()) return checked[k].error.InTensor(layout.tensors[tensors[k]].name);
    checksums[tensors[k]] = *checked[k].checksum;
  }
  return {};
}

std::vector<std::string> NotesOnSharing(std::span<const std::string> paths,
                                        const BundleLayout& layout, Sharing sharing) {
  std::vector<std::string> notes;
  for (size_t shard = 0; shard < paths.size(); ++shard) {
    if (!layout.shards[shard].is_shared()) continue;
    const std::string from = Escape(layout.shards[shard].shared_with);
    notes.push_back(Escape(paths[shard]) +
                    (sharing == Sharing::kHardLink
                         ? " is " + from + " under another name: what changes one changes both"
                         : " shares the blocks of " + from));
  }
  const auto num_copied = std::ranges::count_if(layout.tensors, [&](const PlacedTensor& tensor) {
    return !layout.shards[tensor.shard].is_shared();
  });
  if (num_copied > 0)
    notes.push_back(std::to_string(num_copied) + " of " + std::to_string(layout.tensors.size()) +
                    " tensors are copied: they do not lie in a file as they are");
  return notes;
}

}  // namespace cairn::tf_bundle
