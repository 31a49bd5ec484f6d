// Data files that share the bytes of others: nothing of them is written, everything is checked.
#ifndef CAIRN_FORMATS_TF_BUNDLE_SHARED_DATA_H_
#define CAIRN_FORMATS_TF_BUNDLE_SHARED_DATA_H_

#include <string>
#include <vector>

#include "cairn/formats/tf_bundle/bundle_layout.h"

namespace cairn::tf_bundle {

// Sets the CRC-32C of each tensor in a shared data file, in the order of the layout. They are read
// from `paths[shard]`, the new file: what is checked is what was shared, whatever became of the old
// name meanwhile. Errors: kChanged (it is not as long as it was), kCrc and the others of CheckAll.
Status AddSharedChecksums(FileSystem& fs, std::span<const std::string> paths,
                          const BundleLayout& layout, const TransferOptions& options,
                          std::vector<uint32_t>& checksums);

// For people: which data file shares what, and how many tensors were copied all the same.
std::vector<std::string> NotesOnSharing(std::span<const std::string> paths,
                                        const BundleLayout& layout, Sharing sharing);

}  // namespace cairn::tf_bundle

#endif  // CAIRN_FORMATS_TF_BUNDLE_SHARED_DATA_H_
