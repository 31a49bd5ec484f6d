// The nodes of a graph, or of a function, as they are stored.
//
//   NodeDef: name = 1, op = 2, input = 3 repeated string, attr = 5 map<string, AttrValue>
//
// An input is "n" (output 0 of node n), "n:2" (output 2), "^n" (n runs before). Within a function
// it is "argument", "n:output:2" (the third tensor of that output), "^n". Source:
// tensorflow/core/framework/{node_def,attr_value,function}.proto.
#ifndef CAIRN_GRAPH_GRAPH_NODE_H_
#define CAIRN_GRAPH_GRAPH_NODE_H_

#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cairn/core/bytes.h"
#include "cairn/core/dtype.h"
#include "cairn/core/status.h"

namespace cairn {

// Views of the message, which must outlive this.
struct GraphNode {
  std::string_view name;
  std::string_view op;
  Bytes message;  // NodeDef
};

// Returns the inputs of a node in order; control inputs ("^w") come last. Errors: kProto.
Result<std::vector<std::string_view>> InputsOf(const GraphNode& node);
// Returns an attribute as a serialised AttrValue, or nothing. Errors: kProto.
Result<std::optional<Bytes>> AttributeOf(const GraphNode& node, std::string_view name);
// Returns all attributes in the order of the message: name and serialised AttrValue. Errors:
// kProto.
Result<std::vector<std::pair<std::string_view, Bytes>>> AttributesOf(const GraphNode& node);

// The values of an AttrValue; nothing where it holds another kind. Errors: kProto.
Result<std::optional<std::string_view>> TextOfAttribute(Bytes attribute);
Result<std::optional<DType>> TypeOfAttribute(Bytes attribute);
Result<std::optional<bool>> BoolOfAttribute(Bytes attribute);
Result<std::optional<Bytes>> ShapeOfAttribute(Bytes attribute);   // TensorShapeProto
Result<std::optional<Bytes>> TensorOfAttribute(Bytes attribute);  // TensorProto
// The names of the functions in it, of its list too. Errors: kProto.
Result<std::vector<std::string_view>> FunctionsOfAttribute(Bytes attribute);

inline bool IsControlInput(std::string_view input) { return input.starts_with('^'); }
// "w" of "w", "w:0", "w:output:0" and "^w".
std::string_view NodeNameOf(std::string_view input);
// The number after the last colon: 1 of "w:1" and "w:output:1", else 0.
size_t OutputOf(std::string_view input);

// Nodes by name. A name that is taken twice stands for the first node.
class NodeTable {
 public:
  // Adds a NodeDef. Errors: kProto; kLimit (more than 5,000,000 nodes).
  Status Add(Bytes message);

  std::span<const GraphNode> nodes() const { return nodes_; }
  // Returns the node that an input names, or null.
  const GraphNode* Find(std::string_view input) const;
  size_t IndexOf(const GraphNode& node) const { return static_cast<size_t>(&node - nodes_.data()); }

 private:
  std::vector<GraphNode> nodes_;
  std::unordered_map<std::string_view, size_t> by_name_;
};

}  // namespace cairn

#endif  // CAIRN_GRAPH_GRAPH_NODE_H_
