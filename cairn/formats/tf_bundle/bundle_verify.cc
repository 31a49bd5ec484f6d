// Verify: the index, then every stored byte against its checksum, then how the files fit together.
#include <map>
#include <optional>
#include <set>

#include "cairn/core/escape.h"
#include "cairn/formats/tf_bundle/bundle_audit.h"
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/bundle_table.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/formats/verify_tensors.h"

namespace cairn::tf_bundle {
namespace {

// How the tensors of one data file fared.
struct ShardTally {
  std::string path;
  uint64_t num_tensors = 0;
  uint64_t num_with_bytes = 0;  // an empty tensor does not tell whether it is the right file
  uint64_t num_damaged = 0;     // whose bytes are not there, or not theirs
};

// Whether a finding about a tensor is about its bytes in this place. Other findings, such as a size
// that contradicts the shape, are faults of the index and not of the data file.
bool IsAbout(const Status& error, const StoredAt& at) {
  const Reason reason = error.reason();
  return (reason == Reason::kCrc || reason == Reason::kBounds || reason == Reason::kMissing) &&
         (error.path().empty() || error.path() == at.path);
}

std::map<uint64_t, ShardTally> TallyShards(const TensorDict& dict, const VerifyReport& report) {
  std::map<std::string_view, const Status*> errors;
  for (const Finding& finding : report.findings) errors[finding.error.tensor()] = &finding.error;
  std::map<uint64_t, ShardTally> shards;
  const auto count = [&](const StoredAt& at, const Status* error) {
    ShardTally& tally = shards[at.shard];
    tally.path = at.path;
    ++tally.num_tensors;
    if (at.nbytes == 0) return;
    ++tally.num_with_bytes;
    if (error != nullptr && IsAbout(*error, at)) ++tally.num_damaged;
  };
  for (size_t i = 0; i < dict.size(); ++i) {
    const auto found = errors.find(dict.name(i));
    const Status* const error = found == errors.end() ? nullptr : found->second;
    if (const auto at = dict.stored_at(i)) count(*at, error);
    // A tensor may have several slices in one data file, and counts once there.
    std::map<uint64_t, StoredAt> places;
    for (StoredSlice& slice : dict.stored_slices(i)) {
      const uint64_t shard = slice.at.shard;
      places.insert_or_assign(shard, std::move(slice.at));
    }
    for (const auto& [shard, at] : places) count(at, error);
  }
  return shards;
}

// "1 tensor lies in it"
std::string InIt(const ShardTally& tally) {
  return std::to_string(tally.num_tensors) +
         (tally.num_tensors == 1 ? " tensor lies in it" : " tensors lie in it");
}

// Returns the files of findings about single tensors whose data file is not there.
std::set<std::string_view> PathsFoundMissing(const VerifyReport& report) {
  std::set<std::string_view> paths;
  for (const Finding& finding : report.findings) {
    if (finding.error.reason() == Reason::kMissing) paths.insert(finding.error.path());
  }
  return paths;
}

// "model-1.data-00001-of-00002: is not there: …", and what is there instead.
Status MissingShard(std::span<const std::string> foreign, uint32_t num_shards,
                    const ShardTally& tally) {
  std::string message = "is not there, and " + InIt(tally);
  if (!foreign.empty()) {
    message += "; the index counts " + std::to_string(num_shards) + " data files, there is " +
               Escape(foreign[0]);
  }
  return Status(Reason::kMissing, std::move(message)).AtPath(tally.path);
}

// Returns what is wrong with a data file of which nothing holds; success for any other.
Status JudgeShard(const ShardTally& tally, const Result<FileInfo>& info) {
  if (tally.num_damaged < tally.num_with_bytes || tally.num_with_bytes == 0) return {};
  if (!info.ok()) return info.status();
  if (info->size == 0)
    return Status(Reason::kTruncated, "is empty, and " + InIt(tally)).AtPath(tally.path);
  if (tally.num_with_bytes == 1) return {};
  return Status(Reason::kCrc, "none of the " + std::to_string(tally.num_with_bytes) +
                                  " tensors in it is the one that the index knows: it may be of "
                                  "another step or of another checkpoint")
      .AtPath(tally.path);
}

// One finding for a data file that is not there or of which nothing holds: what is wrong is the
// file.
Status JudgeShards(FileSystem& fs, const std::string& prefix, uint32_t num_shards,
                   const TensorDict& dict, VerifyReport& report) {
  const std::set<std::string_view> missing = PathsFoundMissing(report);
  std::optional<std::vector<std::string>> foreign;  // listed once, however many files are gone
  std::set<std::string, std::less<>> gone;
  std::vector<Finding> found;
  for (const auto& [shard, tally] : TallyShards(dict, report)) {
    const Result<FileInfo> info = fs.Stat(tally.path);
    Status status;
    if (info.status().reason() == Reason::kMissing && missing.contains(tally.path)) {
      if (!foreign) {
        CAIRN_ASSIGN_OR_RETURN(foreign, ListForeignDataFiles(fs, prefix, num_shards));
      }
      status = MissingShard(*foreign, num_shards, tally);
      gone.insert(tally.path);
    } else {
      status = JudgeShard(tally, info);
    }
    if (!status.ok()) found.push_back(Finding{std::move(status)});
  }
  // The file itself is the finding, not each of its tensors.
  std::erase_if(report.findings, [&](const Finding& finding) {
    return finding.error.reason() == Reason::kMissing && gone.contains(finding.error.path());
  });
  report.findings.insert(report.findings.begin(), found.begin(), found.end());
  return {};
}

}  // namespace

Result<VerifyReport> Verify(FileSystem& fs, const std::string& prefix,
                            const VerifyOptions& options) {
  VerifyReport report;
  auto read = [&]() -> Result<BundleIndex> {
    CAIRN_ASSIGN_OR_RETURN(auto file, fs.OpenForReading(IndexPath(prefix), options.access));
    return BundleIndex::Read(file, options.limits);
  }();
  if (!read.ok()) {
    if (read.status().code() != StatusCode::kDataLoss) return read.status();
    report.findings.push_back(Finding{read.status().AtPath(IndexPath(prefix))});
    return report;
  }
  const auto index = std::make_shared<const BundleIndex>(*std::move(read));
  if (!index->harmless_error().ok()) report.findings.push_back(Finding{index->harmless_error()});
  BundleShards shards =
      BundleShards::Open(fs, {{prefix, index->header().num_shards}}, *index, options.access);
  const TensorDict dict = MakeDict(index, std::move(shards), Listing::kTensors);
  CAIRN_RETURN_IF_ERROR(VerifyTensors(dict, options, report));
  CAIRN_RETURN_IF_ERROR(JudgeShards(fs, prefix, index->header().num_shards, dict, report));
  if (options.depth == VerifyDepth::kStrict)
    CAIRN_RETURN_IF_ERROR(AuditBundle(fs, prefix, *index, options, report));
  return report;
}

}  // namespace cairn::tf_bundle
