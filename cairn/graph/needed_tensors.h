// Finds the tensors of a checkpoint that outputs or a signature of its graph need.
#ifndef CAIRN_GRAPH_NEEDED_TENSORS_H_
#define CAIRN_GRAPH_NEEDED_TENSORS_H_

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "cairn/graph/meta_graph.h"
#include "cairn/graph/object_graph.h"

namespace cairn {

struct NeededTensors {
  std::set<std::string, std::less<>> keys;    // names in the checkpoint
  std::set<std::string, std::less<>> tables;  // lookup tables that are used, too
};

// `outputs` are tensors of the graph: "y", "y:0". Errors: those of FindNeededNodes.
Result<NeededTensors> FindNeededTensors(const MetaGraph& graph,
                                        std::span<const std::string> outputs);

// `signature` is one of the graph or, for a SavedModel of TF2, a function of its objects ("encode",
// "layers/0/call"), whose captures count; `objects` is the object graph of its checkpoint, null
// where it has none. Errors: kMissing (neither; the message has the signatures that there are),
// those of FindNeededNodes.
Result<NeededTensors> FindTensorsOfSignature(const MetaGraph& graph, std::string_view signature,
                                             const ObjectGraph* objects);

}  // namespace cairn

#endif  // CAIRN_GRAPH_NEEDED_TENSORS_H_
