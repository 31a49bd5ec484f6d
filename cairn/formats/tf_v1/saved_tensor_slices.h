// The messages of a V1 checkpoint.
//
//   SavedTensorSlices:    meta = 1 SavedTensorSliceMeta, data = 2 SavedSlice
//   SavedTensorSliceMeta: tensor = 1 repeated SavedSliceMeta, versions = 2 VersionDef
//   SavedSliceMeta:       name = 1, shape = 2 TensorShapeProto, type = 3 DataType,
//                         slice = 4 repeated TensorSliceProto
//   SavedSlice:           name = 1, slice = 2 TensorSliceProto, data = 3 TensorProto
//
// Source: tensorflow/core/util/saved_tensor_slice.proto. The TensorProto has neither dtype nor
// shape: those are in the meta.
#ifndef CAIRN_FORMATS_TF_V1_SAVED_TENSOR_SLICES_H_
#define CAIRN_FORMATS_TF_V1_SAVED_TENSOR_SLICES_H_

#include <functional>
#include <string>
#include <vector>

#include "cairn/codec/tensorflow/tensor_slice.h"
#include "cairn/core/dtype.h"

namespace cairn::tf_v1 {

// A tensor as the table of contents of one file tells it.
struct SliceMeta {
  std::string name;
  std::vector<int64_t> dims;
  DType dtype = DType::kInvalid;
  std::vector<tensorflow::TensorSlice> slices;  // those in this file
};

// The value of the first entry of a file: calls `take` with each tensor. Errors: kProto, kDType,
// kShape, kOverflow, kSlice, each naming the tensor; kFormat (no table of contents), kVersion, what
// `take` gives.
Status ParseMeta(Bytes value, const std::function<Status(SliceMeta&&)>& take);

// The value of any other entry. The view is of the value.
struct SavedSlice {
  std::string name;
  tensorflow::TensorSlice slice;
  Bytes data;  // TensorProto
};

// Errors: kProto, kSlice; kFormat (no slice).
Result<SavedSlice> ParseSavedSlice(Bytes value);

}  // namespace cairn::tf_v1

#endif  // CAIRN_FORMATS_TF_V1_SAVED_TENSOR_SLICES_H_
