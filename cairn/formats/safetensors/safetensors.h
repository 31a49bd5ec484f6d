// safetensors: one file, or several that an index lists ("model.safetensors.index.json"). README.md
// has the grammar and what goes beyond it.
#ifndef CAIRN_FORMATS_SAFETENSORS_SAFETENSORS_H_
#define CAIRN_FORMATS_SAFETENSORS_SAFETENSORS_H_

#include <array>

#include "cairn/formats/format.h"

namespace cairn::safetensors {

// `path` is the file, or the index.
Result<bool> Recognise(FileSystem& fs, const std::string& path);
Result<TensorDict> Open(FileSystem& fs, const std::string& path, const OpenOptions& options);
// Not: string, complex128, quantized and 4-bit dtypes; names that are not UTF-8. Bookkeeping
// entries go into the metadata, and all string tensors do with StringTensors::kMetadata.
Status CanHold(const TensorDict& dict, const SaveOptions& options);
// With SaveOptions::max_shard_nbytes several files and an index, where one would be longer.
Result<SaveReport> Save(FileSystem& fs, const std::string& path, const TensorDict& dict,
                        const SaveOptions& options);
Result<VerifyReport> Verify(FileSystem& fs, const std::string& path, const VerifyOptions& options);
// Salvages the files that open: a header lists all of its tensors or none. A file that was cut
// yields the tensors before the cut.
Result<Salvaged> Salvage(FileSystem& fs, const std::string& path, const OpenOptions& options);
Result<Description> Describe(FileSystem& fs, const std::string& path, const OpenOptions& options);

// The index of a checkpoint that was saved under `path` in several files:
// "model.safetensors.index.json" for "model.safetensors", and for itself.
std::string IndexPathOf(const std::string& path);
// The functions below take the path of an index, or of one file, which is then all there is.
std::string CommitPath(const std::string& path);
// The index and its shards: "model-00001-of-00003.safetensors" for "model.safetensors.index.json".
bool HasMember(std::string_view path, std::string_view file);
// The shards get the names that a save would give them, and the index names them. Where the index
// under `to` uses one of these names, they count one shard more ("-of-00004" of three). Errors: as
// Format::plan_copy; kUnsupported (the two paths are not both of an index, or both of one file).
Result<CopyPlan> PlanCopy(FileSystem& fs, const std::string& from, const std::string& to);

inline constexpr std::string_view kFileExtension = ".safetensors";
inline constexpr std::string_view kIndexExtension = ".safetensors.index.json";
inline constexpr std::array kExtensions = {kFileExtension, kIndexExtension};

inline constexpr Format kFormat{.name = "safetensors",
                                .save_name = "safetensors",
                                .extensions = kExtensions,
                                .is_one_file = true,
                                .can_shard = true,
                                .can_keep_strings = true,
                                .recognise = Recognise,
                                .open = Open,
                                .can_hold = CanHold,
                                .save = Save,
                                .verify = Verify,
                                .salvage = Salvage,
                                .describe = Describe,
                                .commit_path = CommitPath,
                                .has_member = HasMember,
                                .plan_copy = PlanCopy};

}  // namespace cairn::safetensors

#endif  // CAIRN_FORMATS_SAFETENSORS_SAFETENSORS_H_
