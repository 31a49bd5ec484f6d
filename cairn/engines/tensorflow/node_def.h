// Writes nodes of a graph: NodeDef messages (see graph_node.h).
#ifndef CAIRN_ENGINES_TENSORFLOW_NODE_DEF_H_
#define CAIRN_ENGINES_TENSORFLOW_NODE_DEF_H_

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "cairn/core/dtype.h"

namespace cairn::tensorflow {

// An attribute of a node: its name, and a serialised AttrValue.
struct NodeAttribute {
  std::string_view name;
  std::string value;
};

NodeAttribute TypeAttribute(std::string_view name, DType dtype);
NodeAttribute TypesAttribute(std::string_view name, std::span<const DType> dtypes);
NodeAttribute BoolAttribute(std::string_view name, bool value);
NodeAttribute NumberAttribute(std::string_view name, int64_t value);
NodeAttribute TextAttribute(std::string_view name, std::string_view value);
// A shape of which nothing is known.
NodeAttribute AnyShapeAttribute(std::string_view name);
// A scalar tensor that holds the empty string.
NodeAttribute EmptyStringAttribute(std::string_view name);

// Returns a NodeDef.
std::string EncodeNode(std::string_view name, std::string_view op,
                       std::span<const std::string> inputs,
                       std::initializer_list<NodeAttribute> attributes);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_NODE_DEF_H_
