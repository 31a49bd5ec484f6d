// TensorFlow V1 checkpoints made by hand for tests: right by default, wrong wherever a test says
// so. Written from the description of the format, not with the code under test.
#ifndef CAIRN_TESTING_V1_BYTES_H_
#define CAIRN_TESTING_V1_BYTES_H_

#include <map>
#include <string>
#include <vector>

#include "cairn/core/dtype.h"
#include "cairn/testing/slice_bytes.h"

namespace cairn {

// One file of a checkpoint.
class V1Bytes {
 public:
  // A tensor in one slice. `data` is its TensorProto.
  V1Bytes& AddWhole(const std::string& name, DType dtype, const std::vector<int64_t>& dims,
                    const std::string& data);
  struct Slice {
    SliceFields slice;
    std::string data;
  };
  // The slices of a tensor that lie in this file.
  V1Bytes& AddSliced(const std::string& name, DType dtype, const std::vector<int64_t>& dims,
                     const std::vector<Slice>& slices);

  std::string meta;                            // SavedTensorSliceMeta: the tensors
  std::map<std::string, std::string> entries;  // values by key, but for the first
  size_t entries_per_block = 1'000'000;

  std::string file() const;
};

// SavedSliceMeta, as an element of SavedTensorSliceMeta.
std::string V1Meta(const std::string& name, uint64_t dtype, const std::vector<int64_t>& dims,
                   const std::vector<SliceFields>& slices);
// SavedTensorSlices with a slice.
std::string V1Slice(const std::string& name, const SliceFields& slice, const std::string& data);

// TensorProto with an int_val list.
std::string V1Values(const std::vector<int64_t>& values);
// TensorProto with a packed float_val list.
std::string V1Floats(const std::vector<float>& values);

}  // namespace cairn

#endif  // CAIRN_TESTING_V1_BYTES_H_
