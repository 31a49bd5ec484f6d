// Tells the variables of the model from all others of a metagraph, by its collections.
#ifndef CAIRN_TRANSFORM_MODEL_VARIABLES_H_
#define CAIRN_TRANSFORM_MODEL_VARIABLES_H_

#include <map>
#include <string>
#include <vector>

#include "cairn/graph/graph_variables.h"

namespace cairn {

struct ModelVariables {
  std::vector<GraphVariable> model;  // global, and trainable or a model variable
  // Every other variable -> why it is not.
  std::map<std::string, std::string, std::less<>> others;
};

// Errors: kArgument (the graph has no collection that tells), kProto.
Result<ModelVariables> FindModelVariables(const MetaGraph& graph);

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_MODEL_VARIABLES_H_
