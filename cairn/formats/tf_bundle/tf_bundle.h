// TensorFlow V2 checkpoints ("tensor bundles"): PREFIX.index and PREFIX.data-SSSSS-of-NNNNN.
// README.md has the grammar.
#ifndef CAIRN_FORMATS_TF_BUNDLE_TF_BUNDLE_H_
#define CAIRN_FORMATS_TF_BUNDLE_TF_BUNDLE_H_

#include "cairn/codec/tensorflow/saved_tensor.h"
#include "cairn/formats/format.h"

namespace cairn::tf_bundle {

// `path` is the prefix.
Result<bool> Recognise(FileSystem& fs, const std::string& prefix);
Result<TensorDict> Open(FileSystem& fs, const std::string& prefix, const OpenOptions& options);
// The slices of partitioned variables as tensors of their own, by their keys in the index: what
// Open joins. Errors: those of Open.
Result<TensorDict> OpenSlices(FileSystem& fs, const std::string& prefix,
                              const OpenOptions& options);
// Several bundles as one, as TensorFlow merges the parts of a save
// ("run/model-1_temp/part-00000-of-00003" and so on): a partitioned variable may have slices in
// each; any other name may be in one alone. Saved again, the dict is the merged checkpoint. Errors:
// kDuplicate, kDType or kShape (of a partitioned variable), kFormat (byte orders), kLimit,
// kArgument (no bundle), those of Open.
Result<TensorDict> OpenParts(FileSystem& fs, std::span<const std::string> prefixes,
                             const OpenOptions& options);
// Not: resources, names that an index cannot hold.
Status CanHold(const TensorDict& dict, const SaveOptions& options);
Result<SaveReport> Save(FileSystem& fs, const std::string& prefix, const TensorDict& dict,
                        const SaveOptions& options);
Result<VerifyReport> Verify(FileSystem& fs, const std::string& prefix,
                            const VerifyOptions& options);

// Entries of the intact blocks of the index, found without footer and index block where those are
// gone; the number of data files from their names, where the header is gone or is not theirs. Where
// there is no index, what a save that did not finish left: an index under a temporary name, or
// parts that were not merged, PREFIX_temp*/part-*. Errors: kMissing (none of all that), kDuplicate
// (two such indexes), kIo.
Result<Salvaged> Salvage(FileSystem& fs, const std::string& prefix, const OpenOptions& options);

// Where the index is lost: entries for the data files by what their saves wrote, each of a save
// whose tensors fill the file exactly. They have no checksums, so that nothing proves them; a
// string tensor's lengths do. Errors: kMissing (no data file); kFormat (no save fits any); kIo.
Result<Salvaged> Rebuild(FileSystem& fs, const std::string& prefix,
                         std::span<const tensorflow::SaveLayout> saves, const OpenOptions& options);

// Returns what each data file of a checkpoint holds, in the order of the bytes: the layout of every
// save of the same variables. Errors: those of Open.
Result<std::vector<tensorflow::SaveLayout>> SaveLayoutsOf(FileSystem& fs, const std::string& prefix,
                                                          const OpenOptions& options);

Result<Description> Describe(FileSystem& fs, const std::string& prefix, const OpenOptions& options);

// The index.
std::string CommitPath(const std::string& prefix);
// The index, any data file, the metagraph.
bool HasMember(std::string_view prefix, std::string_view file);
// The data keeps its names where the index under `to` counts another number of data files.
// Otherwise the copied index counts one more, of which there is no file, so that all names differ:
// a checkpoint that is replaced again and again is `-of-00001` and `-of-00002` in turn. TensorFlow
// opens no data file in which no tensor lies. Of the index only the header changes.
Result<CopyPlan> PlanCopy(FileSystem& fs, const std::string& from, const std::string& to);

inline constexpr Format kFormat{.name = "tf-v2",
                                .save_name = "tf",
                                .can_share = true,
                                .can_shard = true,
                                .max_alignment = uint64_t{1} << 30,
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

}  // namespace cairn::tf_bundle

#endif  // CAIRN_FORMATS_TF_BUNDLE_TF_BUNDLE_H_
