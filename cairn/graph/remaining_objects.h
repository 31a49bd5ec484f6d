// Tells which objects of a graph remain when some of its tensors are left out.
#ifndef CAIRN_GRAPH_REMAINING_OBJECTS_H_
#define CAIRN_GRAPH_REMAINING_OBJECTS_H_

#include <optional>
#include <string>
#include <vector>

#include "cairn/graph/object_graph.h"

namespace cairn {

// The rules are those of RewriteObjectGraph. `new_keys` has the new key of each attribute of each
// node, or nothing if its tensor is left out. Returns a flag for each node; takes time linear in
// the size of the graph.
std::vector<bool> FindRemainingObjects(const ObjectGraph& graph,
                                       const std::vector<std::optional<std::string>>& new_keys);

}  // namespace cairn

#endif  // CAIRN_GRAPH_REMAINING_OBJECTS_H_
