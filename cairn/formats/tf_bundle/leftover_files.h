// Finds the files that an unfinished save left beside the place of its checkpoint.
#ifndef CAIRN_FORMATS_TF_BUNDLE_LEFTOVER_FILES_H_
#define CAIRN_FORMATS_TF_BUNDLE_LEFTOVER_FILES_H_

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/formats/tf_bundle/bundle_shards.h"

namespace cairn::tf_bundle {

// Whether a file of this name was to become another: "m.index.tempstate123" of TensorFlow,
// "m.index.cairn-tmp0" of Cairn.
bool IsTemporaryName(std::string_view name);

// Files that were to become `path`, by TensorFlow ("m.index.tempstate123") and by Cairn
// ("m.index.cairn-tmp0"). `path` may be the beginning of one ("m.data-"). Sorted. Errors: kIo.
Result<std::vector<std::string>> ListTemporaryFiles(FileSystem& fs, std::string_view path);

// The numbers of data files that the names of those under the prefix give: {2} for
// "m.data-00000-of-00002". Errors: kIo.
Result<std::set<uint32_t>> CountsOfDataFiles(FileSystem& fs, const std::string& prefix);

// The data files under the prefix, of which there should be `num_shards`; where there is none, the
// one that a save left under a temporary name, with a note. Errors: kIo.
Result<BundleShards::Part> FindDataFiles(FileSystem& fs, const std::string& prefix,
                                         uint32_t num_shards, std::vector<std::string>& notes);

// The prefixes of parts that were not merged yet: "PREFIX_temp*/part-*", in their order; none where
// there are none. Errors: kIo.
Result<std::vector<std::string>> ListParts(FileSystem& fs, const std::string& prefix);

}  // namespace cairn::tf_bundle

#endif  // CAIRN_FORMATS_TF_BUNDLE_LEFTOVER_FILES_H_
