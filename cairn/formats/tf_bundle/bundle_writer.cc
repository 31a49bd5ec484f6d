// Save: the data files, then the index, whose rename is the commit.
#include <algorithm>
#include <iterator>

#include "cairn/codec/sstable/table_writer.h"
#include "cairn/core/escape.h"
#include "cairn/formats/cannot_hold.h"
#include "cairn/formats/check_unused.h"
#include "cairn/formats/tf_bundle/bundle_layout.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/bundle_proto.h"
#include "cairn/formats/tf_bundle/shared_data.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/io/checksum.h"
#include "cairn/io/durable_file.h"
#include "cairn/io/path.h"
#include "cairn/transfer/write_all.h"

namespace cairn::tf_bundle {
namespace {

// The data files that a bundle of this layout gets.
std::vector<std::string> DataPaths(const std::string& prefix, const BundleLayout& layout) {
  std::vector<std::string> paths;
  for (uint32_t shard = 0; shard < layout.num_shards(); ++shard)
    paths.push_back(DataPath(prefix, shard, layout.num_shards()));
  return paths;
}

Status CheckSpace(FileSystem& fs, const std::string& directory, uint64_t nbytes,
                  uint64_t num_files) {
  CAIRN_ASSIGN_OR_RETURN(const FreeSpace space, fs.GetFreeSpace(directory));
  if (space.nbytes < nbytes) {
    return Status(Reason::kNoSpace, std::to_string(nbytes) + " bytes needed, " +
                                        std::to_string(space.nbytes) + " free")
        .AtPath(directory);
  }
  if (space.num_files && *space.num_files < num_files) {
    return Status(Reason::kNoSpace, std::to_string(num_files) + " files needed, " +
                                        std::to_string(*space.num_files) + " free")
        .AtPath(directory);
  }
  return {};
}

Result<DurableFile> CreateDataFile(FileSystem& fs, const std::string& path,
                                   const PlacedShard& shard, const SaveOptions& options) {
  if (shard.is_shared())
    return DurableFile::CreateSharing(fs, path, shard.shared_with, *options.share);
  CAIRN_ASSIGN_OR_RETURN(DurableFile file, DurableFile::Create(fs, path, IfExists::kFail));
  CAIRN_RETURN_IF_ERROR(file.file().Allocate(shard.nbytes).AtPath(path));
  return file;
}

Result<std::vector<DurableFile>> CreateDataFiles(FileSystem& fs, std::span<const std::string> paths,
                                                 const BundleLayout& layout,
                                                 const SaveOptions& options) {
  std::vector<DurableFile> files;
  files.reserve(paths.size());
  for (size_t shard = 0; shard < paths.size(); ++shard) {
    CAIRN_ASSIGN_OR_RETURN(DurableFile file,
                           CreateDataFile(fs, paths[shard], layout.shards[shard], options));
    files.push_back(std::move(file));
  }
  return files;
}

// The checksums of the entries, in the order of the layout.
Result<std::vector<uint32_t>> WriteData(FileSystem& fs, std::span<DurableFile> files,
                                        const BundleLayout& layout,
                                        const TransferOptions& options) {
  std::vector<WriteJob> jobs;
  std::vector<std::string_view> names;
  std::vector<size_t> written;
  for (size_t i = 0; i < layout.tensors.size(); ++i) {
    const PlacedTensor& tensor = layout.tensors[i];
    if (layout.shards[tensor.shard].is_shared()) continue;
    jobs.push_back({tensor.source, &files[tensor.shard].file(), tensor.offset});
    names.push_back(tensor.name);
    written.push_back(i);
  }
  CAIRN_ASSIGN_OR_RETURN(const auto of_written, WriteAll(jobs, options, names));
  std::vector<uint32_t> checksums(layout.tensors.size());
  for (size_t k = 0; k < written.size(); ++k)
    checksums[written[k]] = layout.tensors[written[k]].entry_crc32c.value_or(of_written[k]);
  std::vector<std::string> paths;
  for (DurableFile& file : files) paths.push_back(file.file().path());
  CAIRN_RETURN_IF_ERROR(AddSharedChecksums(fs, paths, layout, options, checksums));
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

// Not yet durable under its name: SyncDirectory is owed.
Status WriteIndex(FileSystem& fs, const std::string& path, Bytes content) {
  CAIRN_ASSIGN_OR_RETURN(DurableFile index, DurableFile::Create(fs, path, IfExists::kFail));
  CAIRN_RETURN_IF_ERROR(index.file().Allocate(content.size()));
  CAIRN_RETURN_IF_ERROR(index.file().WriteAt(0, content));
  return index.Commit();
}

// Under their final names; those that came so far are in `committed`.
Status CommitAll(FileSystem& fs, const std::string& prefix, std::span<DurableFile> files,
                 std::span<const std::string> paths, std::string_view index,
                 std::vector<std::string>& committed) {
  const std::string directory = DirectoryOf(prefix);
  for (size_t shard = 0; shard < files.size(); ++shard) {
    CAIRN_RETURN_IF_ERROR(files[shard].Commit());
    committed.push_back(paths[shard]);
  }
  CAIRN_RETURN_IF_ERROR(fs.SyncDirectory(directory));
  CAIRN_RETURN_IF_ERROR(WriteIndex(fs, IndexPath(prefix), AsBytes(index)));
  committed.push_back(IndexPath(prefix));
  return fs.SyncDirectory(directory);
}

// All files under their final names, the index last. On an error none is; only what this save put
// there is removed, the index first: without it the data is nobody's.
Status Commit(FileSystem& fs, const std::string& prefix, std::span<DurableFile> files,
              std::span<const std::string> paths, std::string_view index) {
  std::vector<std::string> committed;
  const Status status = CommitAll(fs, prefix, files, paths, index, committed);
  if (status.ok()) return {};
  for (; !committed.empty(); committed.pop_back()) (void)fs.Remove(committed.back());
  return status;
}

Result<SaveReport> SaveOnce(FileSystem& fs, const std::string& prefix, const TensorDict& dict,
                            const SaveOptions& options) {
  const std::string directory = DirectoryOf(prefix);
  // A prefix that is in use is refused: index and data cannot be replaced together in one step.
  CAIRN_RETURN_IF_ERROR(CheckUnused(fs, IndexPath(prefix)));
  CAIRN_ASSIGN_OR_RETURN(const BundleLayout layout, MakeLayout(fs, dict, options));
  std::vector<std::string> paths = DataPaths(prefix, layout);
  for (const std::string& path : paths) CAIRN_RETURN_IF_ERROR(CheckUnused(fs, path));
  CAIRN_RETURN_IF_ERROR(fs.CreateDirectories(directory));
  CAIRN_RETURN_IF_ERROR(CheckSpace(fs, directory, layout.written_nbytes(), paths.size() + 1));
  CAIRN_ASSIGN_OR_RETURN(std::vector<DurableFile> files,
                         CreateDataFiles(fs, paths, layout, options));
  CAIRN_ASSIGN_OR_RETURN(
      const std::vector<uint32_t> checksums,
      WriteData(fs, files, layout, options.transfer).In(paths.size() == 1 ? paths[0] : prefix));
  CAIRN_ASSIGN_OR_RETURN(const std::string index,
                         EncodeIndex(layout, checksums).In(IndexPath(prefix)));
  CAIRN_RETURN_IF_ERROR(Commit(fs, prefix, files, paths, index));
  SaveReport report{layout.tensors.size(), layout.data_nbytes() + index.size(), paths,
                    NotesOnMetadata(dict)};
  report.files.push_back(IndexPath(prefix));
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
