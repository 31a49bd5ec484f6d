// Compares the object graph of a checkpoint with the tensors that are there.
#ifndef CAIRN_CHECKPOINT_STORED_GRAPH_CHECK_H_
#define CAIRN_CHECKPOINT_STORED_GRAPH_CHECK_H_

#include "cairn/formats/format.h"

namespace cairn {

// Adds to `report` each tensor that the object graph names and that is not in the dict, and what is
// wrong with the graph itself. `path` is that of the checkpoint. Errors: those of reading the
// graph, which is also a tensor that is verified as such.
Status VerifyObjectGraph(const TensorDict& dict, const std::string& path, VerifyReport& report);

// Returns the source of the object graph without the tensors that are not in the dict, or null if
// there is nothing to leave out. Errors: those of reading and parsing it.
Result<std::shared_ptr<const TensorSource>> MendObjectGraph(const TensorDict& dict);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_STORED_GRAPH_CHECK_H_
