// The tensors that a new checkpoint takes from its sources, before names and tensors are changed.
#ifndef CAIRN_MAKING_TAKEN_TENSORS_H_
#define CAIRN_MAKING_TAKEN_TENSORS_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/making/remark.h"
#include "cairn/transform/prune.h"

namespace cairn {

struct TakenTensors {
  TensorDict dict;
  // The name in its source of each tensor of the dict, nothing for one that is made of several;
  // empty if all have the names of their sources.
  std::vector<std::optional<std::string>> origins = {};
  std::vector<DroppedTensor> dropped = {};  // by a rule about what the model needs
  std::vector<std::string> notes = {};
  std::optional<std::string> graph = {};  // the file that told what the model needs
  // The names are those of TensorFlow 1 without ":0", which tensorpack's npz files have.
  bool has_variable_names = false;
};

// Takes tensors from all sources together. Errors: those of the verb.
using TakeTensors =
    std::function<Result<TakenTensors>(const std::vector<Opened>& sources, Remarks& remarks)>;

// Returns the dicts of opened checkpoints.
std::vector<TensorDict> DictsOf(const std::vector<Opened>& sources);

// Keeps what a plan keeps, and adds to what is dropped.
void Keep(PrunePlan plan, TakenTensors& taken);

// Takes all tensors of several sources; of those with one name that of the last source.
TakenTensors TakeMerged(const std::vector<Opened>& sources);

}  // namespace cairn

#endif  // CAIRN_MAKING_TAKEN_TENSORS_H_
