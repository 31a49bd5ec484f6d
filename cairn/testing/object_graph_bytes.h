// Object graphs of TF2 checkpoints (graph/object_graph.h), made by hand for tests.
#ifndef CAIRN_TESTING_OBJECT_GRAPH_BYTES_H_
#define CAIRN_TESTING_OBJECT_GRAPH_BYTES_H_

#include <string>
#include <string_view>
#include <vector>

#include "cairn/testing/proto_bytes.h"

namespace cairn {

// The message of one node.
class NodeBytes {
 public:
  NodeBytes& Child(int64_t node, std::string_view name) {
    std::string child;
    if (node != 0) AppendNumberField(child, 1, node);
    AppendMessageField(child, 2, name);
    AppendMessageField(message, 1, child);
    return *this;
  }
  NodeBytes& Value(std::string_view key, std::string_view name = "VARIABLE_VALUE",
                   std::string_view full_name = "graph/name") {
    std::string attribute;
    AppendMessageField(attribute, 1, name);
    if (!full_name.empty()) AppendMessageField(attribute, 2, full_name);
    AppendMessageField(attribute, 3, key);
    AppendMessageField(message, 2, attribute);
    return *this;
  }
  NodeBytes& Slot(int64_t variable, std::string_view name, int64_t slot_variable) {
    std::string slot;
    AppendNumberField(slot, 1, variable);
    AppendMessageField(slot, 2, name);
    AppendNumberField(slot, 3, slot_variable);
    AppendMessageField(message, 3, slot);
    return *this;
  }

  std::string message;
};

inline std::string ObjectGraphOf(const std::vector<NodeBytes>& nodes) {
  std::string message;
  for (const NodeBytes& node : nodes) AppendMessageField(message, 1, node.message);
  return message;
}

// "path/.ATTRIBUTES/VARIABLE_VALUE".
inline std::string KeyOf(std::string_view path) {
  return std::string(path) + "/.ATTRIBUTES/VARIABLE_VALUE";
}

}  // namespace cairn

#endif  // CAIRN_TESTING_OBJECT_GRAPH_BYTES_H_
