// The data files of a bundle, opened together with its index and held open.
#ifndef CAIRN_FORMATS_TF_BUNDLE_BUNDLE_SHARDS_H_
#define CAIRN_FORMATS_TF_BUNDLE_BUNDLE_SHARDS_H_

#include <map>

#include "cairn/core/tensor_source.h"
#include "cairn/formats/tf_bundle/bundle_index.h"
#include "cairn/io/file_system.h"

namespace cairn::tf_bundle {

// Immutable; safe to use from several threads at once.
class BundleShards {
 public:
  // The data files of one bundle: `index` counts its shards from where those of the part before it
  // end.
  struct Part {
    std::string prefix;
    uint32_t num_shards = 0;
    std::string only_file = {};  // the one data file, where it has not its proper name

    std::string path(uint32_t shard) const;
  };

  // Opens each data file that an entry lies in. One that cannot be opened is an error only for its
  // tensors.
  static BundleShards Open(FileSystem& fs, std::vector<Part> parts, const BundleIndex& index,
                           Access access);

  // Where an entry says its bytes are, without a checksum. Errors: kBounds (a shard that the header
  // does not count, a negative offset, a range that ends past the file), those of opening the file.
  Result<Extent> Locate(int32_t shard, int64_t offset, uint64_t nbytes) const;

  // Data files that are shorter or longer than the tensors in them, each as an error. A file may be
  // longer by padding that no tensor needs.
  std::vector<Status> FindWrongSizes(const BundleIndex& index) const;

  // Whether the header counts such a shard.
  bool Has(int32_t shard) const { return shard >= 0 && static_cast<uint32_t>(shard) < num_shards_; }
  // Only of a shard that it has.
  std::string path(int32_t shard) const;

 private:
  std::vector<Part> parts_;
  uint32_t num_shards_ = 0;
  std::map<int32_t, Result<std::shared_ptr<const RandomAccessFile>>> files_;
};

}  // namespace cairn::tf_bundle

#endif  // CAIRN_FORMATS_TF_BUNDLE_BUNDLE_SHARDS_H_
