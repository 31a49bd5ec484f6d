// Save: the data files, then the index, whose rename is the commit.
#include <algorithm>
#include <iterator>

#include "cairn/codec/sstable/table_writer.h"
#include "cairn/core/escape.h"
#include "cairn/formats/cannot_hold.h"
#include "cairn/formats/check_does_not_exist.h"
#include "cairn/formats/tf_bundle/bundle_layout.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/bundle_proto.h"
#include "cairn/formats/tf_bundle/shared_data.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/formats/write_values.h"
#include "cairn/io/checksum.h"
#include "cairn/io/durable_files.h"
#include "cairn/io/path.h"

namespace cairn::tf_bundle {
namespace {

// Padding before a tensor is written with it, so that small neighbours are one write; where there
// is more of it the file keeps a hole.
constexpr uint64_t kWidestPadding = 4096;

// The data files that a bundle of this layout gets.
std::vector<std::string> DataPaths(const std::string& prefix, const BundleLayout& layout) {
  std::vector<std::string> paths;
  for (uint32_t shard = 0; shard < layout.num_shards(); ++shard)
    paths.push_back(DataPath(prefix, shard, layout.num_shards()));
  return paths;
}

// Adds the data files, with room for all that is written to them.
Status AddDataFiles(std::span<const std::string> paths, const BundleLayout& layout,
                    const SaveOptions& options, DurableFiles& files) {
  for (size_t shard = 0; shard < paths.size(); ++shard) {
    const PlacedShard& placed = layout.shards[shard];
    CAIRN_RETURN_IF_ERROR(placed.is_shared()
                              ? files.AddSharing(paths[shard], placed.shared_with, *options.share)
                              : files.Add(paths[shard], placed.nbytes));
  }
  return {};
}

// The checksums of the entries, in the order of the layout.
Result<std::vector<uint32_t>> WriteData(FileSystem& fs, DurableFiles& files,
                                        const BundleLayout& layout, const SaveOptions& options) {
  std::vector<WriteJob> jobs;
  std::vector<std::string_view> names;
  std::vector<size_t> written;
  std::vector<uint64_t> ends(layout.shards.size());  // of what is written so far
  for (size_t i = 0; i < layout.tensors.size(); ++i) {
    const PlacedTensor& tensor = layout.tensors[i];
    if (layout.shards[tensor.shard].is_shared()) continue;
    const uint64_t gap = tensor.offset - ends[tensor.shard];
    ends[tensor.shard] = tensor.offset + tensor.nbytes;
    jobs.push_back({.source = tensor.source,
                    .file = &files.file(tensor.shard),
                    .offset = tensor.offset,
                    .head_nbytes = gap <= kWidestPadding ? gap : 0});
    names.push_back(tensor.name);
    written.push_back(i);
  }
  CAIRN_ASSIGN_OR_RETURN(const auto of_written, WriteValues(fs, jobs, options, names));
  std::vector<uint32_t> checksums(layout.tensors.size());
  for (size_t k = 0; k < written.size(); ++k)
    checksums[written[k]] = layout.tensors[written[k]].entry_crc32c.value_or(of_written[k]);
  std::vector<std::string> paths;
  for (size_t shard = 0; shard < files.size(); ++shard) paths.push_back(files.file(shard).path());
  CAIRN_RETURN_IF_ERROR(AddSharedChecksums(fs, paths, layout, options.transfer, checksums));
  return checksums;
}

Result<std::string> EncodeIndex(const BundleLayout& layout, std::span<const uint32_t> checksums) {
  sstable::TableWriter table;
  CAIRN_RETURN_IF_ERROR(table.Add("", EncodeHeader({.num_shards = layout.num_shards()})));
  BundleEntry entry;
  for (size_t i = 0; i < layout.tensors.size(); ++i) {
    const PlacedTensor& tensor = layout.tensors[i];
    entry.dtype = tensor.dtype;
    entry.dims.assign(tensor.dims.begin(), tensor.dims.end());
    entry.shard_id = tensor.shard;
    entry.offset = static_cast<int64_t>(tensor.offset);
    entry.nbytes = static_cast<int64_t>(tensor.nbytes);
    entry.masked_crc32c = MaskCrc32c(checksums[i]);
    CAIRN_RETURN_IF_ERROR(table.Add(tensor.name, EncodeEntry(entry)));
  }
  return table.Finish();
}

Result<SaveReport> SaveOnce(FileSystem& fs, const std::string& prefix, const TensorDict& dict,
                            const SaveOptions& options) {
  // A prefix that is in use is refused: index and data cannot be replaced together in one step.
  CAIRN_RETURN_IF_ERROR(CheckDoesNotExist(fs, IndexPath(prefix)));
  CAIRN_ASSIGN_OR_RETURN(const BundleLayout layout, MakeLayout(fs, dict, options));
  std::vector<std::string> paths = DataPaths(prefix, layout);
  for (const std::string& path : paths) CAIRN_RETURN_IF_ERROR(CheckDoesNotExist(fs, path));
  CAIRN_RETURN_IF_ERROR(
      PrepareDirectory(fs, DirectoryOf(prefix), layout.written_nbytes(), paths.size() + 1));
  DurableFiles files(fs, IfExists::kFail, options.durability, options.page_cache);
  CAIRN_RETURN_IF_ERROR(AddDataFiles(paths, layout, options, files));
  CAIRN_ASSIGN_OR_RETURN(
      const std::vector<uint32_t> checksums,
      WriteData(fs, files, layout, options).AtPath(paths.size() == 1 ? paths[0] : prefix));
  CAIRN_ASSIGN_OR_RETURN(const std::string index,
                         EncodeIndex(layout, checksums).AtPath(IndexPath(prefix)));
  CAIRN_RETURN_IF_ERROR(WriteCommitFile(fs, files, IndexPath(prefix), AsBytes(index), options));
  CAIRN_RETURN_IF_ERROR(options.BeforeCommit());
  CAIRN_RETURN_IF_ERROR(files.Commit());
  SaveReport report{layout.tensors.size(), layout.data_nbytes() + index.size(), paths,
                    NotesOnMetadata(dict)};
  report.files.push_back(IndexPath(prefix));
  std::ranges::move(NotesOnTypes(dict), std::back_inserter(report.notes));
  if (options.share)
    std::ranges::move(NotesOnSharing(paths, layout, *options.share),
                      std::back_inserter(report.notes));
  return report;
}

}  // namespace

Result<SaveReport> Save(FileSystem& fs, const std::string& prefix, const TensorDict& dict,
                        const SaveOptions& options) {
  auto report = SaveOnce(fs, prefix, dict, options);
  const bool cannot_share =
      options.share && !report.ok() && report.status().reason() == Reason::kUnsupported;
  if (!cannot_share) return report;
  SaveOptions copying = options;
  copying.share.reset();
  auto copied = SaveOnce(fs, prefix, dict, copying);
  if (copied.ok())
    copied->notes.push_back("all is copied: " + std::string(report.status().message()));
  return copied;
}

}  // namespace cairn::tf_bundle
