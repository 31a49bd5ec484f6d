// The collections of a graph: values under the names that TensorFlow 1 programs give them.
//
//   CollectionDef: one of node_list = 1, bytes_list = 2, int64_list = 3, float_list = 4,
//                  any_list = 5; each {value = 1 repeated}
//
// `variables`, `trainable_variables` and others like them hold serialised VariableDefs, and in old
// files the names of the variables' tensors. Source: tensorflow/core/protobuf/meta_graph.proto.
#ifndef CAIRN_GRAPH_COLLECTION_H_
#define CAIRN_GRAPH_COLLECTION_H_

#include <string_view>
#include <vector>

#include "cairn/core/bytes.h"
#include "cairn/core/status.h"

namespace cairn {

struct Collection {
  enum class Kind : uint8_t { kEmpty, kNodes, kBytes, kIntegers, kFloats, kAny };

  std::string_view name;
  Kind kind = Kind::kEmpty;
  // Names of nodes or tensors (kNodes), any bytes (kBytes), or messages of google.protobuf.Any.
  std::vector<std::string_view> texts;
  std::vector<int64_t> integers;
  std::vector<float> floats;

  size_t size() const { return texts.size() + integers.size() + floats.size(); }
};

// The field of CollectionDef that it is: "node_list"; "" for kEmpty.
std::string_view NameOf(Collection::Kind kind);

// Parses an entry of MetaGraphDef.collection_def. Errors: kProto.
Result<Collection> ParseCollection(Bytes message);

}  // namespace cairn

#endif  // CAIRN_GRAPH_COLLECTION_H_
