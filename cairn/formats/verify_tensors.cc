#include "cairn/formats/verify_tensors.h"

#include "cairn/core/bookkeeping.h"
#include "cairn/core/escape.h"
#include "cairn/core/hex.h"
#include "cairn/core/unprotected.h"
#include "cairn/formats/verify_object_graph.h"
#include "cairn/transfer/check_all.h"

namespace cairn {

Finding MakeTensorFinding(const TensorDict& dict, size_t i, const Status& error) {
  Finding finding{error.InTensor(dict.name(i))};
  const auto stored = dict.stored_at(i);
  if (!stored) return finding;
  finding.error = finding.error.AtPath(stored->path);
  if (finding.error.path() == stored->path) finding.error = finding.error.AtOffset(stored->offset);
  return finding;
}

namespace {

void AddChecksums(const TensorDict& dict, size_t i, const Checked& checked, Finding& finding) {
  const auto stored = dict.stored_at(i);
  if (finding.error.reason() != Reason::kCrc || !stored || !stored->checksum) return;
  finding.expected = Hex(stored->checksum->value);
  if (checked.checksum) finding.found = Hex(*checked.checksum);
}

}  // namespace

Status CheckNotPartial(const TensorDict& dict) {
  if (!dict.Find(kPartialRescueName)) return {};
  return Status(Reason::kPartial,
                "is a partial rescue: not every tensor could be saved when it was repaired, its "
                "entry " +
                    std::string(kPartialRescueName) + " says which were lost");
}

Status VerifyTensors(const TensorDict& dict, const VerifyOptions& options, VerifyReport& report) {
  report.num_tensors = dict.size();
  if (const Status whole = CheckNotPartial(dict); !whole.ok())
    report.findings.push_back(Finding{whole});
  std::vector<std::shared_ptr<const TensorSource>> sources;
  std::vector<size_t> positions;
  for (size_t i = 0; i < dict.size(); ++i) {
    if (options.require_checksums && LacksChecksum(dict, i))
      report.findings.push_back(Finding{HasNoChecksum(dict, i)});
    auto source = dict.source(i);
    // Making a source checks the metadata and that the bytes are there. A quick check stops here
    // and reads no values.
    if (source.ok() && options.depth == VerifyDepth::kQuick) continue;
    if (source.ok()) {
      sources.push_back(*std::move(source));
      positions.push_back(i);
    } else {
      report.findings.push_back(MakeTensorFinding(dict, i, source.status()));
    }
  }
  CAIRN_ASSIGN_OR_RETURN(const std::vector<Checked> verdicts, CheckAll(sources, options.transfer));
  for (size_t k = 0; k < verdicts.size(); ++k) {
    const size_t i = positions[k];
    report.nbytes += dict.info(i).nbytes;
    if (LacksChecksum(dict, i)) ++report.num_unprotected;
    if (verdicts[k].error.ok()) continue;
    Finding finding = MakeTensorFinding(dict, i, verdicts[k].error);
    AddChecksums(dict, i, verdicts[k], finding);
    report.findings.push_back(std::move(finding));
  }
  // The graph is a value, which a quick check does not read.
  if (options.depth != VerifyDepth::kQuick) VerifyObjectGraph(dict, report);
  return {};
}

}  // namespace cairn
