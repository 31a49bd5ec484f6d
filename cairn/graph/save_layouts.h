// Finds what the saves of a graph write: the tensors of each SaveV2 node, in the order of the file.
//
//   SaveV2:     inputs prefix, tensor_names, shape_and_slices, tensors...; attr dtypes: list(type)
//   AttrValue:  list = 1 {type = 6 repeated enum, shape = 7 repeated TensorShapeProto},
//               shape = 7 TensorShapeProto, tensor = 8 TensorProto
#ifndef CAIRN_GRAPH_SAVE_LAYOUTS_H_
#define CAIRN_GRAPH_SAVE_LAYOUTS_H_

#include <string>
#include <vector>

#include "cairn/codec/tensorflow/saved_tensor.h"
#include "cairn/graph/meta_graph.h"

namespace cairn {

struct SaveLayouts {
  std::vector<tensorflow::SaveLayout> layouts;  // different ones
  std::vector<std::string> unknown;  // for people: saves of which the graph does not tell all
};

// Names and slices are those of the node's constants; shapes those of the variables that it saves.
// Errors: kProto.
Result<SaveLayouts> FindSaveLayouts(const MetaGraph& graph);

}  // namespace cairn

#endif  // CAIRN_GRAPH_SAVE_LAYOUTS_H_
