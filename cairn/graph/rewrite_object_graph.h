// Rewrites an object graph for a checkpoint whose tensors were renamed or left out.
#ifndef CAIRN_GRAPH_REWRITE_OBJECT_GRAPH_H_
#define CAIRN_GRAPH_REWRITE_OBJECT_GRAPH_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cairn/core/status.h"

namespace cairn {

// Returns the new key of a tensor, or nothing if the new checkpoint does not have it.
using NewKeyOf = std::function<std::optional<std::string>(std::string_view key)>;

// Returns the message of the graph with new keys. Left out are
//   - the attributes whose tensor is left out,
//   - the objects that led to a tensor and now lead to none, except the root,
//   - the objects that only those led to,
//   - the slots whose variable or slot variable is left out,
// and the references to them; a slot variable that stays without its variable keeps its object. If
// no tensor is left, the root is left alone. The remaining objects are numbered anew in their
// order. Everything else stays to the bit, fields that nobody knows included, and a graph in which
// no key changes stays as a whole. Objects of a registered saver count as tensors that stay.
// Errors: those of ObjectGraph::Parse.
Result<std::string> RewriteObjectGraph(std::string message, const NewKeyOf& new_key);

}  // namespace cairn

#endif  // CAIRN_GRAPH_REWRITE_OBJECT_GRAPH_H_
