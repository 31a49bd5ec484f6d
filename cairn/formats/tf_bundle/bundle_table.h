// The index of a bundle as a table whose sources are made when asked for.
#ifndef CAIRN_FORMATS_TF_BUNDLE_BUNDLE_TABLE_H_
#define CAIRN_FORMATS_TF_BUNDLE_BUNDLE_TABLE_H_

#include "cairn/formats/tf_bundle/bundle_index.h"
#include "cairn/formats/tf_bundle/bundle_shards.h"

namespace cairn::tf_bundle {

// Tensors, of which partitioned variables are joined, or the slices of those by their keys.
enum class Listing : uint8_t { kTensors, kSlices };

// Shares the index, which may hold millions of entries.
TensorDict MakeDict(std::shared_ptr<const BundleIndex> index, BundleShards shards, Listing listing);

}  // namespace cairn::tf_bundle

#endif  // CAIRN_FORMATS_TF_BUNDLE_BUNDLE_TABLE_H_
