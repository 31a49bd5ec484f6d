// TensorFlow V1 checkpoints: one SSTable a file, tables of contents first. README.md has the
// grammar.
#ifndef CAIRN_FORMATS_TF_V1_TF_V1_H_
#define CAIRN_FORMATS_TF_V1_TF_V1_H_

#include "cairn/formats/format.h"

namespace cairn::tf_v1 {

// `path` is the file, one of its shards, or the pattern "model-?????-of-00002" that TensorFlow's
// savers return for sharded checkpoints.
Result<bool> Recognise(FileSystem& fs, const std::string& path);
Result<TensorDict> Open(FileSystem& fs, const std::string& path, const OpenOptions& options);
// Both always kUnsupported: V1 checkpoints are read only.
Status CanHold(const TensorDict& dict, const SaveOptions& options);
Result<SaveReport> Save(FileSystem& fs, const std::string& path, const TensorDict& dict,
                        const SaveOptions& options);
Result<VerifyReport> Verify(FileSystem& fs, const std::string& path, const VerifyOptions& options);
// Salvages what opening reads: a damaged block is the error of its tensor, but the tables of
// contents must be whole.
Result<Salvaged> Salvage(FileSystem& fs, const std::string& path, const OpenOptions& options);

Result<Description> Describe(FileSystem& fs, const std::string& path, const OpenOptions& options);

inline constexpr Format kFormat{.name = "tf-v1",
                                .recognise = Recognise,
                                .open = Open,
                                .can_hold = CanHold,
                                .save = Save,
                                .verify = Verify,
                                .salvage = Salvage,
                                .describe = Describe};

}  // namespace cairn::tf_v1

#endif  // CAIRN_FORMATS_TF_V1_TF_V1_H_
