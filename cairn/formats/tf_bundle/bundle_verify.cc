// Verify: the index, then every stored byte against its checksum, then how the files fit together.
#include <map>

#include "cairn/core/escape.h"
#include "cairn/formats/tf_bundle/bundle_audit.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/formats/verify_tensors.h"

namespace cairn::tf_bundle {
namespace {

// How the tensors of one data file fared.
struct ShardTally {
  std::string path;
  uint64_t num_tensors = 0;  // that have bytes in it
  uint64_t num_damaged = 0;  // whose bytes are not there, or not theirs
};

std::map<uint64_t, ShardTally> TallyShards(const TensorDict& dict, const VerifyReport& report) {
  std::map<uint64_t, ShardTally> shards;
  const auto count = [&](const StoredAt& at, bool is_damaged) {
    // A tensor without bytes does not tell whether the data file is the right one.
    if (at.nbytes == 0) return;
    ShardTally& tally = shards[at.shard];
    tally.path = at.path;
    ++tally.num_tensors;
    if (is_damaged) ++tally.num_damaged;
  };
  std::map<std::string_view, Reason> damaged;
  for (const Finding& finding : report.findings)
    damaged[finding.error.tensor()] = finding.error.reason();
  for (size_t i = 0; i < dict.size(); ++i) {
    const auto found = damaged.find(dict.name(i));
    // Other findings, such as a size that contradicts the shape, are faults of the index and not of
    // the data file.
    const bool is_damaged = found != damaged.end() &&
                            (found->second == Reason::kCrc || found->second == Reason::kBounds ||
                             found->second == Reason::kMissing);
    if (const auto at = dict.stored_at(i)) count(*at, is_damaged);
  }
  return shards;
}

// "model-1.data-00001-of-00002: is not there: …", and what is there instead.
Status MissingShard(FileSystem& fs, const std::string& prefix, uint32_t num_shards,
                    const ShardTally& tally) {
  std::string message =
      "is not there, and " + std::to_string(tally.num_tensors) + " tensors lie in it";
  CAIRN_ASSIGN_OR_RETURN(const auto foreign, ListForeignDataFiles(fs, prefix, num_shards));
  if (!foreign.empty()) {
    message += "; the index counts " + std::to_string(num_shards) + " data files, there is " +
               Escape(foreign[0]);
  }
  return Status(Reason::kMissing, std::move(message)).AtPath(tally.path);
}

// One finding for a data file of which nothing holds: what is wrong is the file.
Status JudgeShards(FileSystem& fs, const std::string& prefix, uint32_t num_shards,
                   const TensorDict& dict, VerifyReport& report) {
  std::vector<Finding> found;
  for (const auto& [shard, tally] : TallyShards(dict, report)) {
    if (tally.num_damaged < tally.num_tensors) continue;
    const Result<FileInfo> info = fs.Stat(tally.path);
    Status status;
    if (!info.ok()) {
      status = MissingShard(fs, prefix, num_shards, tally);
    } else if (info->size == 0) {
      status = Status(Reason::kTruncated,
                      "is empty, and " + std::to_string(tally.num_tensors) + " tensors lie in it")
                   .AtPath(tally.path);
    } else if (tally.num_tensors > 1) {
      status = Status(Reason::kCrc,
                      "none of the " + std::to_string(tally.num_tensors) +
                          " tensors in it is the one that the index knows: it may be of another "
                          "step or of another checkpoint")
                   .AtPath(tally.path);
    }
    if (!status.ok()) found.push_back(Finding{status});
  }
  report.findings.insert(report.findings.begin(), found.begin(), found.end());
  return {};
}

}  // namespace

Result<VerifyReport> Verify(FileSystem& fs, const std::string& prefix,
                            const VerifyOptions& options) {
  VerifyReport report;
  const auto index = [&]() -> Result<BundleIndex> {
    CAIRN_ASSIGN_OR_RETURN(auto file, fs.OpenForReading(IndexPath(prefix), options.access));
    return BundleIndex::Read(file, options.limits);
  }();
  if (!index.ok()) {
    if (index.status().code() != StatusCode::kDataLoss) return index.status();
    report.findings.push_back(Finding{index.status().AtPath(IndexPath(prefix))});
    return report;
  }
  if (!index->harmless_error().ok()) report.findings.push_back(Finding{index->harmless_error()});
  CAIRN_ASSIGN_OR_RETURN(const TensorDict dict, Open(fs, prefix, {options.access, options.limits}));
  CAIRN_RETURN_IF_ERROR(VerifyTensors(dict, options, report));
  CAIRN_RETURN_IF_ERROR(JudgeShards(fs, prefix, index->header().num_shards, dict, report));
  if (options.depth == VerifyDepth::kStrict)
    CAIRN_RETURN_IF_ERROR(AuditBundle(fs, prefix, *index, options, report));
  return report;
}

}  // namespace cairn::tf_bundle
