// Makes a call of a signature one of the graph.
#ifndef CAIRN_ENGINES_TENSORFLOW_SIGNATURE_CALL_H_
#define CAIRN_ENGINES_TENSORFLOW_SIGNATURE_CALL_H_

#include <string>
#include <vector>

#include "cairn/engines/tensorflow/graph_call.h"

namespace cairn::tensorflow {

// An empty name is "serving_default". Errors: kArgument (the graph has no such signature, or it
// does not take these inputs), kUnsupported (it has a sparse or composite tensor).
Result<GraphCall> MakeSignatureCall(const MetaGraph& graph, const std::string& name,
                                    const TensorDict& inputs);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_SIGNATURE_CALL_H_
