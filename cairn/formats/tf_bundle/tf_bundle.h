// TensorFlow V2 checkpoints ("tensor bundles"): PREFIX.index and PREFIX.data-SSSSS-of-NNNNN.
// README.md has the grammar.
#ifndef CAIRN_FORMATS_TF_BUNDLE_TF_BUNDLE_H_
#define CAIRN_FORMATS_TF_BUNDLE_TF_BUNDLE_H_

#include "cairn/formats/format.h"

namespace cairn::tf_bundle {

// `path` is the prefix.
Result<bool> Recognise(FileSystem& fs, const std::string& prefix);
Result<TensorDict> Open(FileSystem& fs, const std::string& prefix, const OpenOptions& options);
Result<SaveReport> Save(FileSystem& fs, const std::string& prefix, const TensorDict& dict,
                        const SaveOptions& options);
Result<VerifyReport> Verify(FileSystem& fs, const std::string& prefix,
                            const VerifyOptions& options);

inline constexpr Format kFormat{"tf-v2", Recognise, Open, Save, Verify};

}  // namespace cairn::tf_bundle

#endif  // CAIRN_FORMATS_TF_BUNDLE_TF_BUNDLE_H_
