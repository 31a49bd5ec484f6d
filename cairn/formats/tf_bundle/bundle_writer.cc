// Save: the data files, then the index, whose rename is the commit.
#include "cairn/codec/sstable/table_writer.h"
#include "cairn/core/escape.h"
#include "cairn/formats/cannot_hold.h"
#include "cairn/formats/check_unused.h"
#include "cairn/formats/tf_bundle/bundle_layout.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/bundle_proto.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/io/checksum.h"
#include "cairn/io/durable_file.h"
#include "cairn/io/path.h"

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
    return Status(Reason::kNoSpace, directory + ": " + std::to_string(nbytes) + " bytes needed, " +
                                        std::to_string(space.nbytes) + " free");
  }
  if (space.num_files && *space.num_files < num_files) {
    return Status(Reason::kNoSpace, directory + ": " + std::to_string(num_files) +
                                        " files needed, " + std::to_string(*space.num_files) +
                                        " free");
  }
  return {};
}

Result<std::vector<DurableFile>> CreateDataFiles(FileSystem& fs, std::span<const std::string> paths,
                                                 const BundleLayout& layout) {
  std::vector<DurableFile> files;
  files.reserve(paths.size());
  for (size_t shard = 0; shard < paths.size(); ++shard) {
    CAIRN_ASSIGN_OR_RETURN(DurableFile file,
                           DurableFile::Create(fs, paths[shard], IfExists::kFail));
    CAIRN_RETURN_IF_ERROR(file.file().Allocate(layout.shard_nbytes[shard]).In(paths[shard]));
    files.push_back(std::move(file));
  }
  return files;
}

// The checksums of the entries, in the order of the layout.
Result<std::vector<uint32_t>> WriteData(std::span<DurableFile> files, const BundleLayout& layout,
                                        const TransferOptions& options) {
  std::vector<WriteJob> jobs;
  std::vector<std::string_view> names;
  jobs.reserve(layout.tensors.size());
  names.reserve(layout.tensors.size());
  for (const PlacedTensor& tensor : layout.tensors) {
    jobs.push_back({tensor.source, &files[tensor.shard].file(), tensor.offset});
    names.push_back(tensor.name);
  }
  CAIRN_ASSIGN_OR_RETURN(std::vector<uint32_t> checksums, WriteAll(jobs, options, names));
  for (size_t i = 0; i < checksums.size(); ++i) {
    checksums[i] = layout.tensors[i].entry_crc32c.value_or(checksums[i]);
  }
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

}  // namespace

Result<SaveReport> Save(FileSystem& fs, const std::string& prefix, const TensorDict& dict,
                        const SaveOptions& options) {
  const std::string directory = DirectoryOf(prefix);
  // A prefix that is in use is refused: index and data cannot be replaced together in one step.
  CAIRN_RETURN_IF_ERROR(CheckUnused(fs, IndexPath(prefix)));
  CAIRN_ASSIGN_OR_RETURN(const BundleLayout layout, MakeLayout(dict, options));
  std::vector<std::string> paths = DataPaths(prefix, layout);
  for (const std::string& path : paths) CAIRN_RETURN_IF_ERROR(CheckUnused(fs, path));
  CAIRN_RETURN_IF_ERROR(fs.CreateDirectories(directory));
  CAIRN_RETURN_IF_ERROR(CheckSpace(fs, directory, layout.data_nbytes(), paths.size() + 1));
  CAIRN_ASSIGN_OR_RETURN(std::vector<DurableFile> files, CreateDataFiles(fs, paths, layout));
  CAIRN_ASSIGN_OR_RETURN(
      const std::vector<uint32_t> checksums,
      WriteData(files, layout, options.transfer).In(paths.size() == 1 ? paths[0] : prefix));
  CAIRN_ASSIGN_OR_RETURN(const std::string index,
                         EncodeIndex(layout, checksums).In(IndexPath(prefix)));
  CAIRN_RETURN_IF_ERROR(Commit(fs, prefix, files, paths, index));
  paths.push_back(IndexPath(prefix));
  return SaveReport{layout.tensors.size(), layout.data_nbytes() + index.size(), std::move(paths),
                    NotesOnMetadata(dict)};
}

}  // namespace cairn::tf_bundle
