#include "cairn/transform/model_variables.h"

#include <algorithm>

namespace cairn {

Result<ModelVariables> FindModelVariables(const MetaGraph& graph) {
  CAIRN_ASSIGN_OR_RETURN(std::vector<GraphVariable> variables, FindVariables(graph));
  ModelVariables found;
  for (GraphVariable& variable : variables) {
    const auto is_in = [&](std::string_view collection) {
      return std::ranges::find(variable.collections, collection) != variable.collections.end();
    };
    const bool is_of_model = is_in("trainable_variables") || is_in("model_variables");
    if (is_in("variables") && is_of_model) {
      found.model.push_back(std::move(variable));
    } else {
      found.others.emplace(variable.name, is_of_model
                                              ? "is not in the collection 'variables'"
                                              : "is neither trainable nor a model variable");
    }
  }
  if (!found.model.empty()) return found;
  return Status(Reason::kArgument,
                "the metagraph has no variable in 'variables' that is in 'trainable_variables' or "
                "'model_variables'")
      .WithHint("name what the model computes with --outputs NAME or --signature NAME");
}

}  // namespace cairn
