// The object graph that an open checkpoint holds.
#ifndef CAIRN_GRAPH_STORED_OBJECT_GRAPH_H_
#define CAIRN_GRAPH_STORED_OBJECT_GRAPH_H_

#include <optional>
#include <string>

#include "cairn/core/tensor_dict.h"
#include "cairn/graph/object_graph.h"

namespace cairn {

// Returns the position of the tensor that holds the graph, or nothing if there is none.
std::optional<size_t> FindObjectGraph(const TensorDict& dict);

// Returns the message, or nothing if there is no graph. Errors: those of reading the tensor; kGraph
// (it is not one string).
Result<std::optional<std::string>> ReadObjectGraphMessage(const TensorDict& dict);

// Returns the graph, or nothing if there is none. Errors: those of reading and parsing it.
Result<std::optional<ObjectGraph>> ReadObjectGraph(const TensorDict& dict);

}  // namespace cairn

#endif  // CAIRN_GRAPH_STORED_OBJECT_GRAPH_H_
