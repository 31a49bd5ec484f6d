// A variable as TensorFlow 1 records it in the collections of a graph.
//
//   VariableDef: variable_name = 1 ("w:0"), initializer_name = 2 (an op), snapshot_name = 3,
//                save_slice_info_def = 4, is_resource = 5, initial_value_name = 6, trainable = 7
//   SaveSliceInfoDef: full_name = 1, full_shape = 2, var_offset = 3, var_shape = 4 (int64 lists)
//
// Source: tensorflow/core/framework/variable.proto.
#ifndef CAIRN_GRAPH_VARIABLE_DEF_H_
#define CAIRN_GRAPH_VARIABLE_DEF_H_

#include <optional>
#include <string_view>
#include <vector>

#include "cairn/core/bytes.h"
#include "cairn/core/status.h"

namespace cairn {

// A part of a partitioned variable: where it lies in the whole.
struct SliceInfo {
  std::string_view full_name;
  std::vector<int64_t> full_dims;
  std::vector<int64_t> offset;
  std::vector<int64_t> dims;
};

struct VariableDef {
  std::string_view name;  // of its tensor: "w:0"
  std::string_view initializer;
  std::string_view snapshot;
  std::string_view initial_value;
  std::optional<SliceInfo> slice;
  bool is_resource = false;
  std::optional<bool> trainable;  // nothing: false, or a file that is older than the field
};

// Errors: kProto.
Result<VariableDef> ParseVariableDef(Bytes message);

}  // namespace cairn

#endif  // CAIRN_GRAPH_VARIABLE_DEF_H_
