// Where each tensor of a new bundle goes: known before the first byte is written.
#ifndef CAIRN_FORMATS_TF_BUNDLE_BUNDLE_LAYOUT_H_
#define CAIRN_FORMATS_TF_BUNDLE_BUNDLE_LAYOUT_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/tensor_dict.h"
#include "cairn/formats/format.h"

namespace cairn::tf_bundle {

struct PlacedTensor {
  std::string_view name;  // of the dict
  DType dtype = DType::kInvalid;
  std::span<const int64_t> dims;
  uint32_t shard = 0;
  uint64_t offset = 0;
  uint64_t nbytes = 0;
  std::shared_ptr<const TensorSource>
      source;  // of exactly the stored bytes: strings and variants are encoded
  std::optional<uint32_t>
      entry_crc32c;  // where it is not that of the stored bytes: strings, variants
};

// One data file.
struct PlacedShard {
  uint64_t nbytes = 0;
  std::string shared_with = {};  // the file whose bytes it is to have; "" = it is written

  bool is_shared() const { return !shared_with.empty(); }
};

struct BundleLayout {
  std::vector<PlacedTensor> tensors;  // in the order of the dict
  std::vector<PlacedShard> shards;    // at least one; shared ones come first

  uint32_t num_shards() const { return static_cast<uint32_t>(shards.size()); }
  uint64_t data_nbytes() const;     // of all data files
  uint64_t written_nbytes() const;  // of those that are not shared
};

// One after the other in the order of the dict, each at a multiple of `alignment`, a new data file
// where SaveOptions::max_shard_nbytes asks for it. Where SaveOptions::share does, values that lie
// in a file of `fs` as they are stay there, and that file becomes a data file. Strings and variants
// are read once here, for their size and checksum, and again when they are written, so that they
// are never all in memory. The dict must outlive the layout. Errors: kArgument (a name that an
// index cannot hold, an alignment that is not a power of two, more data files than their names can
// count), kUnsupported (a dtype that cannot be stored), kOverflow, those of the sources.
Result<BundleLayout> MakeLayout(FileSystem& fs, const TensorDict& dict, const SaveOptions& options);

}  // namespace cairn::tf_bundle

#endif  // CAIRN_FORMATS_TF_BUNDLE_BUNDLE_LAYOUT_H_
