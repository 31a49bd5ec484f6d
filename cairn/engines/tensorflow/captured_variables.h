// The objects of a TF2 SavedModel that the variable ops of its graph stand for.
//
// The names of ops and of objects agree by no rule. What tells is the capture: a node of the graph
// that calls a function passes its arguments and then what the function captures; the objects that
// it captures are listed with the function, in the same order.
#ifndef CAIRN_ENGINES_TENSORFLOW_CAPTURED_VARIABLES_H_
#define CAIRN_ENGINES_TENSORFLOW_CAPTURED_VARIABLES_H_

#include <map>
#include <string_view>
#include <vector>

#include "cairn/graph/meta_graph.h"
#include "cairn/graph/saved_object_graph.h"

namespace cairn::tensorflow {

// Node of the object -> the ops that stand for it, in the order of the graph.
using CapturedVariables = std::map<uint32_t, std::vector<const GraphNode*>>;

// Errors: kProto; kGraph (a call that passes fewer inputs than its function captures).
Result<CapturedVariables> FindCapturedVariables(const MetaGraph& graph,
                                                const SavedObjectGraph& objects);

// Returns the key that the value of each object has in a checkpoint, as TensorFlow makes it from
// the way to the object: "layer/w/.ATTRIBUTES/VARIABLE_VALUE". Objects that are not reached in 64
// steps are left out.
std::map<uint32_t, std::string> KeysOfVariables(const SavedObjectGraph& objects);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_CAPTURED_VARIABLES_H_
