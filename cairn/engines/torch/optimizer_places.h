// Where an optimizer keeps its state and its options.
#ifndef CAIRN_ENGINES_TORCH_OPTIMIZER_PLACES_H_
#define CAIRN_ENGINES_TORCH_OPTIMIZER_PLACES_H_

#include <string>
#include <unordered_map>

#include "cairn/engines/torch/torch_place.h"

namespace cairn {

// The names of parameters.
using ParameterNames = std::unordered_map<const c10::TensorImpl*, std::string>;

// Appends the places of the state for each parameter, then those of the options of each group.
// Errors: kArgument (the kind of the optimizer is not known; one of its parameters has no name).
Status AddOptimizerPlaces(torch::optim::Optimizer& optimizer, const ParameterNames& names,
                          TorchPlaces& places);

}  // namespace cairn

#endif  // CAIRN_ENGINES_TORCH_OPTIMIZER_PLACES_H_
