// Plans what is kept of a checkpoint and what is dropped, for those who show it first.
#ifndef CAIRN_TRANSFORM_PRUNE_H_
#define CAIRN_TRANSFORM_PRUNE_H_

#include <string>
#include <vector>

#include "cairn/core/tensor_dict.h"
#include "cairn/graph/meta_graph.h"
#include "cairn/transform/prune_dict.h"

namespace cairn {

// An entry of a dict that is kept, by positions.
struct KeptTensor {
  std::string name;  // the new one
  size_t entry = 0;
  size_t value = 0;  // the entry whose value it gets: its own, or its moving average
};

// The tensors of a dict that are kept, and those that are dropped.
struct PrunePlan {
  std::vector<KeptTensor> kept;        // in the order of the new names
  std::vector<DroppedTensor> dropped;  // in the order of the dict
  std::vector<std::string> notes;      // for people
  // The new names are those of TensorFlow 1 without ":0", which tensorpack's npz files have.
  bool has_variable_names = false;
};

// Returns what a plan keeps of its dict. No value is read or copied.
TensorDict PrunedDict(const TensorDict& dict, const PrunePlan& plan);

// Says which tensors the model needs, by the first of these that applies:
// 1. those that `outputs` or `signature` of `graph` depend on;
// 2. with `graph`: the variables that are in its collection `variables`, and in
//    `trainable_variables` or `model_variables`, as in tensorpack;
// 3. those that the object graph of the checkpoint counts to the model (graph/training_state.h).
struct PruneRules {
  const MetaGraph* graph = nullptr;
  std::vector<std::string> outputs = {};  // tensors of the graph
  std::string signature = {};
  bool use_averages = false;  // take the moving average of a weight in its place
};

// Errors: kMissing (a needed variable that the checkpoint does not have; an output or signature
// that the graph does not have; no averages), kArgument (no rule applies; the collections do not
// tell), kGraph, kProto, those of reading the object graph.
Result<PrunePlan> PlanPrune(const TensorDict& dict, const PruneRules& rules);

// Takes a checkpoint as it is, apart from its training state.
struct TrainingStateRules {
  // Drops training state: by the object graph of a TF2 checkpoint; else by the collections of
  // `graph` for the variables that it has, and by tensorpack's rule for names for all others.
  bool drop = false;
  const MetaGraph* graph = nullptr;
  bool use_averages = false;  // take the moving average of a weight in its place
};

// Errors: kMissing (no averages), kProto, those of reading the object graph.
Result<PrunePlan> PlanTrainingState(const TensorDict& dict, const TrainingStateRules& rules);

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_PRUNE_H_
