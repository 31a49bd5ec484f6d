// Reads the contents of a V1 checkpoint: the tables of contents of all its files, put together.
#ifndef CAIRN_FORMATS_TF_V1_V1_CONTENTS_H_
#define CAIRN_FORMATS_TF_V1_V1_CONTENTS_H_

#include <memory>

#include "cairn/codec/sstable/table_reader.h"
#include "cairn/formats/tf_v1/saved_tensor_slices.h"
#include "cairn/io/file_system.h"

namespace cairn::tf_v1 {

using Table = std::shared_ptr<const sstable::TableReader>;

struct V1Tensor {
  struct Slice {
    tensorflow::TensorSlice slice;
    size_t file = 0;  // which of the tables
  };

  std::string name;
  DType dtype = DType::kInvalid;
  std::vector<int64_t> dims;
  std::vector<Slice> slices;  // in the order of the files
};

struct V1Contents {
  std::vector<Table> tables;      // the files, in the order of the shards
  std::vector<V1Tensor> tensors;  // in the order of their names

  // Reads the footer, the index block and the first entry of each file. Errors: kMissing (a shard
  // is not there), those of sstable::TableReader and ParseMeta; kMismatch (files that disagree on a
  // tensor); kLimit. Each begins with the path.
  static Result<V1Contents> Read(FileSystem& fs, const std::string& path, Access access,
                                 const Limits& limits);
};

// A table that may have blocks as large as a V1 tensor.
Result<Table> OpenTable(FileSystem& fs, const std::string& path, Access access,
                        const Limits& limits);

}  // namespace cairn::tf_v1

#endif  // CAIRN_FORMATS_TF_V1_V1_CONTENTS_H_
