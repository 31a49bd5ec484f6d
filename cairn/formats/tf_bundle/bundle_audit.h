// Finds what in a bundle changes no value, and yet is not as a writer leaves it.
#ifndef CAIRN_FORMATS_TF_BUNDLE_BUNDLE_AUDIT_H_
#define CAIRN_FORMATS_TF_BUNDLE_BUNDLE_AUDIT_H_

#include "cairn/formats/format.h"
#include "cairn/formats/tf_bundle/bundle_index.h"

namespace cairn::tf_bundle {

// Adds what VerifyDepth::kStrict finds beyond kFull: bytes of the index that belong to nobody,
// tensors that share bytes of a data file, gaps that no alignment explains, padding that is not
// zero, bytes after the last tensor, slices that no variable names, and files beside the
// checkpoint that are none of its own (other data files, temporary files of a save). Errors: kIo.
Status AuditBundle(FileSystem& fs, const std::string& prefix, const BundleIndex& index,
                   const VerifyOptions& options, VerifyReport& report);

// Data files under the prefix that the index does not count: "run/model-1.data-00000-of-00002"
// where its header says that there is one. Sorted. Errors: kIo.
Result<std::vector<std::string>> ListForeignDataFiles(FileSystem& fs, const std::string& prefix,
                                                      uint32_t num_shards);

}  // namespace cairn::tf_bundle

#endif  // CAIRN_FORMATS_TF_BUNDLE_BUNDLE_AUDIT_H_
