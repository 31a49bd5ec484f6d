// Compares the object graph of a checkpoint with the tensors that are there.
#ifndef CAIRN_FORMATS_VERIFY_OBJECT_GRAPH_H_
#define CAIRN_FORMATS_VERIFY_OBJECT_GRAPH_H_

#include "cairn/formats/format.h"

namespace cairn {

// Adds to `report` each tensor that the object graph names and that is not in the dict, and what is
// wrong with the graph itself. A graph whose bytes cannot be read is left to the checks of its
// tensor.
void VerifyObjectGraph(const TensorDict& dict, VerifyReport& report);

}  // namespace cairn

#endif  // CAIRN_FORMATS_VERIFY_OBJECT_GRAPH_H_
