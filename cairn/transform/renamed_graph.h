// Keeps the object graph of a TF2 checkpoint true where its tensors are renamed or left out.
#ifndef CAIRN_TRANSFORM_RENAMED_GRAPH_H_
#define CAIRN_TRANSFORM_RENAMED_GRAPH_H_

#include <memory>
#include <span>
#include <vector>

#include "cairn/transform/name_rules.h"

namespace cairn {

// Decides whether the object graph is among the tensors of a plan that `rules` made: it is if one
// of the tensors that it names is, unless a pattern excludes it. A graph that a pattern selects
// stays. Errors: those of reading and parsing the graph, with a hint to leave it out.
Status PlanObjectGraph(const TensorDict& dict, const NameRules& rules,
                       std::vector<RenamedTensor>& plan);

// Returns the source of the object graph that names the tensors of the plan by their new names, or
// null if that is the graph of `dict` as it is stored. Errors: those of reading and parsing it,
// with a hint to leave it out; none if all tensors keep their names.
Result<std::shared_ptr<const TensorSource>> RenameInObjectGraph(
    const TensorDict& dict, std::span<const RenamedTensor> plan);

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_RENAMED_GRAPH_H_
