// The signatures of a graph: tensors of it under names for callers.
//
//   SignatureDef: inputs = 1 map<string, TensorInfo>, outputs = 2 map<string, TensorInfo>,
//                 method_name = 3
//   TensorInfo:   name = 1, dtype = 2 enum, tensor_shape = 3 TensorShapeProto,
//                 coo_sparse = 4 {values = 1, indices = 2, dense_shape = 3 string},
//                 composite_tensor = 5 {components = 2 repeated TensorInfo}
//
// Source: tensorflow/core/protobuf/meta_graph.proto.
#ifndef CAIRN_GRAPH_SIGNATURE_H_
#define CAIRN_GRAPH_SIGNATURE_H_

#include <optional>
#include <string_view>
#include <vector>

#include "cairn/core/bytes.h"
#include "cairn/core/dtype.h"
#include "cairn/core/status.h"

namespace cairn {

struct SignatureTensor {
  std::string_view name;
  std::optional<DType> dtype = {};  // nothing: the graph does not say, or it is unknown
  bool has_known_rank = false;
  std::vector<int64_t> dims = {};  // -1 = any size
  // The tensors of the graph that it is made of: one, or the parts of a sparse or composite tensor.
  std::vector<std::string_view> tensors = {};
};

struct Signature {
  std::string_view name;
  std::vector<SignatureTensor> inputs;   // by name
  std::vector<SignatureTensor> outputs;  // by name
};

// Parses an entry of MetaGraphDef.signature_def. Errors: kProto.
Result<Signature> ParseSignature(Bytes message);

}  // namespace cairn

#endif  // CAIRN_GRAPH_SIGNATURE_H_
