// Verify: headers, how the tensors lie in the data, then every byte that has a checksum.
#include <algorithm>

#include "cairn/formats/safetensors/file_set.h"
#include "cairn/formats/safetensors/safetensors.h"
#include "cairn/formats/verify_tensors.h"

namespace cairn::safetensors {
namespace {

// Compares the size of all tensors that the index states; nobody reads by it.
void CheckTotal(const FileSet& set, const std::string& path, VerifyReport& report) {
  if (!set.index || !set.index->total_nbytes) return;
  uint64_t total = 0;
  for (const FileHeader& file : set.files) {
    for (const HeaderEntry& entry : file.entries.all()) total += entry.end - entry.begin;
  }
  if (total == *set.index->total_nbytes) return;
  report.findings.push_back(Finding{
      Status(Reason::kSize, "\"total_size\" is " + std::to_string(*set.index->total_nbytes) +
                                ", the tensors have " + std::to_string(total) + " bytes")
          .AtPath(path)});
}

// Whether every file has the checksums that Cairn writes.
bool IsAllOurs(const FileSet& set) {
  return !set.files.empty() && std::ranges::all_of(set.files, [](const FileHeader& file) {
    return file.identity.has_value();
  });
}

// Reports headers that say the same in other bytes than were written.
void CheckJson(const FileSet& set, const std::string& path, VerifyReport& report) {
  if (set.index && !set.index->json_error.ok())
    report.findings.push_back(Finding{set.index->json_error.AtPath(path)});
  if (set.index && set.index->files.empty() && IsAllOurs(set))
    report.findings.push_back(Finding{
        Status(Reason::kFormat, "lacks the marks of its files that Cairn writes").AtPath(path)});
  for (const FileHeader& file : set.files) {
    if (!file.json_error.ok())
      report.findings.push_back(Finding{file.json_error.AtPath(file.file->path())});
  }
}

}  // namespace

Result<VerifyReport> Verify(FileSystem& fs, const std::string& path, const VerifyOptions& options) {
  VerifyReport report;
  std::vector<Status> problems;
  auto set = FileSet::Read(fs, path, {options.access, options.limits}, &problems);
  if (!set.ok()) {
    // Damage, limits and forbidden paths are findings about the files. Any other error, such as one
    // of I/O, proves nothing about them.
    const StatusCode code = set.status().code();
    if (code != StatusCode::kDataLoss && code != StatusCode::kResourceExhausted &&
        set.status().reason() != Reason::kPath)
      return set.status();
    report.findings.push_back(Finding{set.status().AtPath(path)});
    return report;
  }
  for (const FileHeader& file : set->files) {
    if (Status status = CheckData(file); !status.ok()) problems.push_back(std::move(status));
  }
  for (const Status& problem : problems) report.findings.push_back(Finding{problem.AtPath(path)});
  if (options.depth == VerifyDepth::kStrict) {
    CheckTotal(*set, path, report);
    CheckJson(*set, path, report);
  }
  CAIRN_RETURN_IF_ERROR(VerifyTensors(MakeDict(*std::move(set)), options, report));
  return report;
}

}  // namespace cairn::safetensors
