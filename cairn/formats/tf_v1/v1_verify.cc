// Verify: every entry that the tables of contents name, and whether the tables hold others.
#include <algorithm>

#include "cairn/codec/sstable/table_audit.h"
#include "cairn/codec/tensorflow/slice_key.h"
#include "cairn/core/escape.h"
#include "cairn/formats/tf_v1/tf_v1.h"
#include "cairn/formats/tf_v1/v1_contents.h"
#include "cairn/formats/tf_v1/v1_path.h"
#include "cairn/formats/verify_tensors.h"
#include "cairn/io/path.h"

namespace cairn::tf_v1 {
namespace {

// Keys that the table of contents of file `i` names, sorted.
std::vector<std::string> KeysOf(const V1Contents& contents, size_t i) {
  std::vector<std::string> keys;
  for (const V1Tensor& tensor : contents.tensors) {
    for (const V1Tensor::Slice& stored_slice : tensor.slices) {
      if (stored_slice.file == i)
        keys.push_back(tensorflow::EncodeSliceKey(tensor.name, stored_slice.slice));
    }
  }
  std::ranges::sort(keys);
  return keys;
}

Status CheckKey(std::string_view key, std::span<const std::string> known) {
  if (key.empty() || std::ranges::binary_search(known, key)) return {};
  const auto slice = tensorflow::DecodeSliceKey(key);
  if (!slice) return Status(Reason::kSlice, "key " + Quoted(key) + " is not that of a slice");
  return Status(Reason::kSlice,
                "the table of contents has no such slice of tensor " + Quoted(slice->name));
}

// Every block of a file in its order: entries that nobody names, and blocks that hold nothing that
// is asked for.
void VerifyFile(const V1Contents& contents, size_t i, VerifyReport& report) {
  const sstable::TableReader& table = *contents.tables[i];
  const std::string& path = table.file().path();
  const std::vector<std::string> known = KeysOf(contents, i);
  const Status walked = table.ForEach([&](std::string_view key, Bytes /*value*/) -> Status {
    if (const Status status = CheckKey(key, known); !status.ok())
      report.findings.push_back(Finding{status.AtPath(path)});
    return {};
  });
  if (!walked.ok()) report.findings.push_back(Finding{walked.AtPath(path)});
}

// Files named like shards of this checkpoint that its number of shards does not count.
Status FindExtraShards(FileSystem& fs, const std::string& path, VerifyReport& report) {
  const auto name = ParseShardPath(path);
  if (!name) return {};
  const std::string directory = DirectoryOf(path);
  CAIRN_ASSIGN_OR_RETURN(const auto names, fs.List(directory));
  for (const std::string& other : names) {
    const auto shard = ParseShardPath(other);
    if (!shard || !shard->shard || shard->stem != BaseName(name->stem)) continue;
    if (shard->num_shards == name->num_shards && *shard->shard < name->num_shards) continue;
    const std::string extra = JoinPath(directory, other);
    report.findings.push_back(
        Finding{Status(Reason::kFormat, "is not a shard of this checkpoint, which has " +
                                            std::to_string(name->num_shards))
                    .AtPath(extra)});
  }
  return {};
}

Status AuditTables(const V1Contents& contents, VerifyReport& report) {
  for (const Table& table : contents.tables) {
    CAIRN_ASSIGN_OR_RETURN(const auto found, sstable::AuditTable(*table));
    for (const Status& status : found)
      report.findings.push_back(Finding{status.AtPath(table->file().path())});
  }
  return {};
}

}  // namespace

Result<VerifyReport> Verify(FileSystem& fs, const std::string& path, const VerifyOptions& options) {
  VerifyReport report;
  auto contents = V1Contents::Read(fs, path, options.access, options.limits);
  if (!contents.ok()) {
    const bool is_damage = contents.status().code() == StatusCode::kDataLoss;
    if (!is_damage && FilesOf(path).size() == 1) return contents.status();
    report.findings.push_back(Finding{contents.status().AtPath(path)});
    return report;
  }
  for (const Table& table : contents->tables) {
    if (Status metaindex = table->CheckMetaindex(); !metaindex.ok())
      report.findings.push_back(Finding{std::move(metaindex)});
  }
  CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, Open(fs, path, {options.access, options.limits}));
  CAIRN_RETURN_IF_ERROR(VerifyTensors(dict, options, report));
  CAIRN_RETURN_IF_ERROR(FindExtraShards(fs, path, report));
  if (options.depth == VerifyDepth::kQuick || !report.ok()) return report;
  for (size_t i = 0; i < contents->tables.size(); ++i) VerifyFile(*contents, i, report);
  if (options.depth == VerifyDepth::kStrict) CAIRN_RETURN_IF_ERROR(AuditTables(*contents, report));
  return report;
}

}  // namespace cairn::tf_v1
