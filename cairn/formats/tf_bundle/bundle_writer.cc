// Save: the data file, then the index, whose rename is the commit.
#include "cairn/codec/sstable/table_writer.h"
#include "cairn/core/escape.h"
#include "cairn/formats/tf_bundle/bundle_layout.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/bundle_proto.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/io/checksum.h"
#include "cairn/io/durable_file.h"
#include "cairn/io/path.h"

namespace cairn::tf_bundle {
namespace {

constexpr uint32_t kOneShard = 1;

// A prefix that is in use is refused: index and data cannot be replaced together in one step.
Status CheckUnused(FileSystem& fs, const std::string& prefix) {
  for (const std::string& path : {IndexPath(prefix), DataPath(prefix, 0, kOneShard)}) {
    CAIRN_ASSIGN_OR_RETURN(const bool exists, fs.Exists(path));
    if (exists) {
      return Status(Reason::kExists, path + ": exists")
          .WithHint("choose another name, or remove that checkpoint first");
    }
  }
  return {};
}

Status CheckSpace(FileSystem& fs, const std::string& directory, uint64_t needed) {
  CAIRN_ASSIGN_OR_RETURN(const FreeSpace space, fs.GetFreeSpace(directory));
  if (space.nbytes < needed) {
    return Status(Reason::kNoSpace, directory + ": " + std::to_string(needed) + " bytes needed, " +
                                        std::to_string(space.nbytes) + " free");
  }
  if (space.num_files && *space.num_files < 2) {
    return Status(Reason::kNoSpace,
                  directory + ": 2 files needed, " + std::to_string(*space.num_files) + " free");
  }
  return {};
}

// The checksums of the entries, in the order of the layout.
Result<std::vector<uint32_t>> WriteData(WritableFile& file, const BundleLayout& layout,
                                        const TransferOptions& options) {
  CAIRN_RETURN_IF_ERROR(file.Allocate(layout.data_nbytes));
  std::vector<WriteJob> jobs;
  std::vector<std::string_view> names;
  jobs.reserve(layout.tensors.size());
  names.reserve(layout.tensors.size());
  for (const PlacedTensor& tensor : layout.tensors) {
    jobs.push_back({tensor.source, &file, tensor.offset});
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
  CAIRN_RETURN_IF_ERROR(table.Add("", EncodeHeader({.num_shards = kOneShard})));
  BundleEntry entry;
  for (size_t i = 0; i < layout.tensors.size(); ++i) {
    const PlacedTensor& tensor = layout.tensors[i];
    entry.dtype = tensor.dtype;
    entry.dims.assign(tensor.dims.begin(), tensor.dims.end());
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

// Both files under their final names, the index last. On an error neither is; only what this save
// put there is removed.
Status Commit(FileSystem& fs, const std::string& prefix, DurableFile& data,
              std::string_view index) {
  const std::string directory = DirectoryOf(prefix);
  CAIRN_RETURN_IF_ERROR(data.Commit());
  Status committed = fs.SyncDirectory(directory);
  if (committed.ok()) committed = WriteIndex(fs, IndexPath(prefix), AsBytes(index));
  if (committed.ok()) {
    committed = fs.SyncDirectory(directory);
    if (committed.ok()) return {};
    (void)fs.Remove(IndexPath(prefix));  // first: without it the data is nobody's
  }
  (void)fs.Remove(DataPath(prefix, 0, kOneShard));
  return committed;
}

}  // namespace

Result<SaveReport> Save(FileSystem& fs, const std::string& prefix, const TensorDict& dict,
                        const SaveOptions& options) {
  const std::string directory = DirectoryOf(prefix);
  const std::string data_path = DataPath(prefix, 0, kOneShard);
  CAIRN_RETURN_IF_ERROR(CheckUnused(fs, prefix));
  CAIRN_ASSIGN_OR_RETURN(const BundleLayout layout, MakeLayout(dict, options.alignment));
  CAIRN_RETURN_IF_ERROR(fs.CreateDirectories(directory));
  CAIRN_RETURN_IF_ERROR(CheckSpace(fs, directory, layout.data_nbytes));
  CAIRN_ASSIGN_OR_RETURN(DurableFile data, DurableFile::Create(fs, data_path, IfExists::kFail));
  CAIRN_ASSIGN_OR_RETURN(const std::vector<uint32_t> checksums,
                         WriteData(data.file(), layout, options.transfer).In(data_path));
  CAIRN_ASSIGN_OR_RETURN(const std::string index,
                         EncodeIndex(layout, checksums).In(IndexPath(prefix)));
  CAIRN_RETURN_IF_ERROR(Commit(fs, prefix, data, index));
  return SaveReport{
      layout.tensors.size(), layout.data_nbytes + index.size(), {data_path, IndexPath(prefix)}};
}

}  // namespace cairn::tf_bundle
