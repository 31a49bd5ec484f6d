// The objects of a SavedModel, with their variables, and what its functions capture.
//
//   SavedObjectGraph: nodes = 1 repeated SavedObject, concrete_functions = 2
//                     map<string, SavedConcreteFunction>
//   SavedObject:      children = 1 repeated {node_id = 1, local_name = 2}, user_object = 4
//                     {identifier = 1}, function = 6 {concrete_functions = 1 repeated string},
//                     variable = 7 SavedVariable, bare_concrete_function = 8
//                     {concrete_function_name = 1}
//   SavedVariable:    dtype = 1, shape = 2, trainable = 3, name = 6
//   SavedConcreteFunction: bound_inputs = 2 repeated int32 (nodes)
//
// Nodes have the numbers that they have in the object graph of the variables' checkpoint
// (object_graph.h). Source: tensorflow/core/protobuf/saved_object_graph.proto.
#ifndef CAIRN_GRAPH_SAVED_OBJECT_GRAPH_H_
#define CAIRN_GRAPH_SAVED_OBJECT_GRAPH_H_

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "cairn/core/bytes.h"
#include "cairn/core/dtype.h"
#include "cairn/core/status.h"

namespace cairn {

struct SavedVariable {
  std::string_view name;
  std::optional<DType> dtype;
  bool has_known_rank = false;
  std::vector<int64_t> dims;
  bool trainable = false;
};

struct SavedObject {
  struct Child {
    uint32_t node = 0;
    std::string_view name;
  };
  std::vector<Child> children;
  std::string_view identifier;              // of its class: "optimizer", "_tf_keras_layer"
  std::vector<std::string_view> functions;  // the concrete functions of a function
  std::optional<SavedVariable> variable;
};

// Flat: no function here walks the objects by recursion. Views of the message.
struct SavedObjectGraph {
  std::vector<SavedObject> nodes;
  std::map<std::string_view, std::vector<uint32_t>> bound_inputs;  // of each concrete function
};

// Errors: kProto; kGraph (a node that is not there); kLimit (more than 5,000,000 nodes).
Result<SavedObjectGraph> ParseSavedObjectGraph(Bytes message);

}  // namespace cairn

#endif  // CAIRN_GRAPH_SAVED_OBJECT_GRAPH_H_
