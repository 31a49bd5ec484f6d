// Verify: the index, then every stored byte against its checksum.
#include "cairn/formats/tf_bundle/bundle_path.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/formats/verify_tensors.h"

namespace cairn::tf_bundle {

Result<VerifyReport> Verify(FileSystem& fs, const std::string& prefix,
                            const VerifyOptions& options) {
  VerifyReport report;
  const Result<TensorDict> dict = Open(fs, prefix, {options.access, options.limits});
  if (!dict.ok()) {
    if (dict.status().code() != StatusCode::kDataLoss) return dict.status();
    report.findings.push_back(MakeFinding(dict.status(), IndexPath(prefix)));
    return report;
  }
  CAIRN_RETURN_IF_ERROR(VerifyTensors(*dict, options, report));
  return report;
}

}  // namespace cairn::tf_bundle
