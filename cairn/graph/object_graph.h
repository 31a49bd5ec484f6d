// The object graph of a TF2 checkpoint: which object has which, and under what key each one's
// values lie.
//
//   TrackableObjectGraph: nodes = 1 repeated TrackableObject     node 0 is the root
//   TrackableObject:      children = 1 {node_id = 1, local_name = 2},
//                         attributes = 2 {name = 1, full_name = 2, checkpoint_key = 3},
//                         slot_variables = 3 {original_variable_node_id = 1, slot_name = 2,
//                                             slot_variable_node_id = 3},
//                         registered_saver = 4 (an object that writes its tensors itself),
//                         has_checkpoint_values = 5 (it or an object below has a tensor)
//
// It lies serialised in the string tensor kObjectGraphKey. Objects may be reached by several ways,
// and by cycles. Source: tensorflow/core/protobuf/trackable_object_graph.proto.
#ifndef CAIRN_GRAPH_OBJECT_GRAPH_H_
#define CAIRN_GRAPH_OBJECT_GRAPH_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/bookkeeping.h"
#include "cairn/core/status.h"

namespace cairn {

// Flat, whatever its shape: nothing here walks it by recursion. Immutable; cheap to copy.
class ObjectGraph {
 public:
  struct Child {
    uint32_t node = 0;
    std::string_view name;
  };
  struct Attribute {
    std::string_view name;            // "VARIABLE_VALUE"
    std::string_view full_name;       // of the variable in its graph; not unique, may be empty
    std::string_view checkpoint_key;  // the name of its tensor
  };
  // A variable that an optimizer (the node that has the slot) keeps for another.
  struct Slot {
    uint32_t variable = 0;
    uint32_t slot_variable = 0;
    std::string_view name;
  };

  // Takes the message; the views above are of it. Errors: kProto; kGraph (a node that is not there,
  // two children of one name); kLimit (more than 5,000,000 nodes).
  static Result<ObjectGraph> Parse(std::string message);

  size_t num_nodes() const { return arrays_->nodes.size() - 1; }
  std::span<const Child> children(uint32_t node) const;
  std::span<const Attribute> attributes(uint32_t node) const;
  std::span<const Slot> slots(uint32_t node) const;
  bool has_registered_saver(uint32_t node) const {
    return arrays_->nodes[node].has_registered_saver;
  }

 private:
  // Where those of a node begin; they end where those of the next do.
  struct Node {
    uint32_t children = 0;
    uint32_t attributes = 0;
    uint32_t slots = 0;
    bool has_registered_saver = false;
  };
  struct Arrays {
    // Behind a pointer: the views are of it, and a short string takes its bytes along when it
    // moves.
    std::unique_ptr<const std::string> message;
    std::vector<Node> nodes;  // and one for the end
    std::vector<Child> children;
    std::vector<Attribute> attributes;
    std::vector<Slot> slots;
  };
  class Parser;

  std::shared_ptr<const Arrays> arrays_;
};

}  // namespace cairn

#endif  // CAIRN_GRAPH_OBJECT_GRAPH_H_
