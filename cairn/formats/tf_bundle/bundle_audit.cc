#include "cairn/formats/tf_bundle/bundle_audit.h"

#include <algorithm>
#include <bit>
#include <map>
#include <set>

#include "cairn/codec/sstable/table_audit.h"
#include "cairn/codec/tensorflow/slice_key.h"
#include "cairn/core/checked_math.h"
#include "cairn/core/escape.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/leftover_files.h"
#include "cairn/formats/verify_tensors.h"
#include "cairn/io/path.h"

namespace cairn::tf_bundle {
namespace {

// Writers align by a page at most, so that more zeros than this are not padding.
constexpr uint64_t kMaxPadding = 4096;

// The bytes that an entry says are its own.
struct ByteRange {
  uint64_t begin;
  uint64_t end;
  std::string_view name;
};

// Returns the ranges of each data file that lie inside of it; others are findings of their own.
std::map<int32_t, std::vector<ByteRange>> RangesOf(const BundleIndex& index) {
  std::map<int32_t, std::vector<ByteRange>> by_shard;
  for (const auto entries : {index.entries(), index.slice_entries()}) {
    for (const BundleIndex::Entry& entry : entries) {
      if (entry.slice_list > 0 || entry.offset < 0 || entry.nbytes <= 0) continue;
      const auto begin = static_cast<uint64_t>(entry.offset);
      const auto end = CheckedAdd(begin, static_cast<uint64_t>(entry.nbytes));
      if (end) by_shard[entry.shard_id].push_back({begin, *end, index.name(entry)});
    }
  }
  return by_shard;
}

// A tensor that begins at a multiple of a power of two larger than the gap before it was aligned.
bool IsAlignment(uint64_t gap, uint64_t next) {
  return gap < kMaxPadding && next % std::bit_ceil(gap + 1) == 0;
}

class DataFileAudit {
 public:
  DataFileAudit(const RandomAccessFile& file, VerifyReport& report)
      : file_(file), report_(report) {}

  Status Run(std::vector<ByteRange> ranges) {
    std::ranges::stable_sort(ranges, {}, &ByteRange::begin);
    uint64_t position = 0;
    std::string_view last = "the start";
    for (const ByteRange& range : ranges) {
      if (range.begin < position) {
        Add(Reason::kOverlap, range.begin,
            "tensors " + Quoted(last) + " and " + Quoted(range.name) + " share bytes");
      }
      if (range.begin > position) CAIRN_RETURN_IF_ERROR(CheckGap(position, range.begin));
      // An overlap is reported with the tensor that reaches farthest, which need not be the one
      // that began last.
      if (range.end > position) last = range.name;
      position = std::max(position, range.end);
    }
    if (position < file_.size()) {
      Add(Reason::kPadding, position,
          std::to_string(file_.size() - position) + " bytes after the last tensor");
    }
    return {};
  }

 private:
  Status CheckGap(uint64_t begin, uint64_t end) {
    if (begin >= file_.size()) return {};
    if (!IsAlignment(end - begin, end)) {
      Add(Reason::kPadding, begin, std::to_string(end - begin) + " bytes belong to no tensor");
      return {};
    }
    std::vector<std::byte> padding(std::min(end, file_.size()) - begin);
    CAIRN_RETURN_IF_ERROR(file_.ReadAt(begin, padding));
    const auto is_set = [](std::byte byte) { return byte != std::byte{0}; };
    if (std::ranges::any_of(padding, is_set))
      Add(Reason::kPadding, begin, "the padding between tensors is not zero");
    return {};
  }

  void Add(Reason reason, uint64_t offset, const std::string& what) {
    report_.findings.push_back(Finding{Status(reason, what).AtPath(file_.path()).AtOffset(offset)});
  }

  const RandomAccessFile& file_;
  VerifyReport& report_;
};

void AuditPieces(const BundleIndex& index, const std::string& path, VerifyReport& report) {
  std::set<std::string> named;
  for (const BundleIndex::Entry& entry : index.entries()) {
    for (const std::string& message : index.slices(entry)) {
      const auto slice = tensorflow::ParseTensorSlice(AsBytes(message));
      if (slice.ok()) named.insert(tensorflow::EncodeSliceKey(index.name(entry), *slice));
    }
  }
  // Readers find the entry of a slice through the list of its variable. An entry that no list names
  // is never read, and its values would be lost in silence.
  for (const BundleIndex::Entry& piece : index.slice_entries()) {
    const std::string_view key = index.name(piece);
    if (named.contains(std::string(key))) continue;
    const auto decoded = tensorflow::DecodeSliceKey(key);
    Status error =
        Status(Reason::kSlice, decoded ? "has an entry for a slice that it does not name"
                                       : "key " + Quoted(key) + " is not that of a slice")
            .AtPath(path);
    if (decoded) error = error.InTensor(decoded->name);
    report.findings.push_back({std::move(error)});
  }
}

Status AuditDataFiles(FileSystem& fs, const std::string& prefix, const BundleIndex& index,
                      const VerifyOptions& options, VerifyReport& report) {
  const uint32_t num_shards = index.header().num_shards;
  for (auto& [shard, ranges] : RangesOf(index)) {
    if (shard < 0 || static_cast<uint32_t>(shard) >= num_shards) continue;
    const std::string path = DataPath(prefix, static_cast<uint32_t>(shard), num_shards);
    const auto file = fs.OpenForReading(path, options.access);
    if (!file.ok()) continue;  // the error of its tensors
    CAIRN_RETURN_IF_ERROR(DataFileAudit(**file, report).Run(std::move(ranges)));
  }
  return {};
}

Status AuditTempFiles(FileSystem& fs, const std::string& prefix, VerifyReport& report) {
  for (const std::string& begin : {prefix + ".data-", IndexPath(prefix)}) {
    CAIRN_ASSIGN_OR_RETURN(const auto paths, ListTemporaryFiles(fs, begin));
    for (const std::string& path : paths) {
      report.findings.push_back(
          Finding{Status(Reason::kPadding, "left by a save that did not finish").AtPath(path)});
    }
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> ListForeignDataFiles(FileSystem& fs, const std::string& prefix,
                                                      uint32_t num_shards) {
  const std::string directory = DirectoryOf(prefix);
  CAIRN_ASSIGN_OR_RETURN(const auto names, fs.List(directory));
  std::vector<std::string> foreign;
  for (const std::string& name : names) {
    const auto data = ParseDataPath(name);
    if (!data || data->prefix != BaseName(prefix)) continue;
    if (data->num_shards == num_shards && data->shard < num_shards) continue;
    foreign.push_back(JoinPath(directory, name));
  }
  return foreign;
}

Status AuditBundle(FileSystem& fs, const std::string& prefix, const BundleIndex& index,
                   const VerifyOptions& options, VerifyReport& report) {
  const std::string index_path = IndexPath(prefix);
  CAIRN_ASSIGN_OR_RETURN(auto file, fs.OpenForReading(index_path, options.access));
  CAIRN_ASSIGN_OR_RETURN(const auto table,
                         sstable::TableReader::Open(std::move(file), options.limits));
  CAIRN_ASSIGN_OR_RETURN(const std::vector<Status> found, sstable::AuditTable(table));
  for (const Status& status : found) report.findings.push_back(Finding{status.AtPath(index_path)});
  AuditPieces(index, index_path, report);
  CAIRN_RETURN_IF_ERROR(AuditDataFiles(fs, prefix, index, options, report));
  CAIRN_ASSIGN_OR_RETURN(const auto foreign,
                         ListForeignDataFiles(fs, prefix, index.header().num_shards));
  for (const std::string& path : foreign) {
    report.findings.push_back(
        {Status(Reason::kFormat, "is not a data file of this checkpoint, whose index counts " +
                                     std::to_string(index.header().num_shards))
             .AtPath(path)});
  }
  return AuditTempFiles(fs, prefix, report);
}

}  // namespace cairn::tf_bundle
