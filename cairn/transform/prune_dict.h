// Keeps what the model needs of a checkpoint: tensorpack's dump-model-params.
#ifndef CAIRN_TRANSFORM_PRUNE_DICT_H_
#define CAIRN_TRANSFORM_PRUNE_DICT_H_

#include <string>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/core/tensor_dict.h"
#include "cairn/io/file_system.h"

namespace cairn {

struct DroppedTensor {
  std::string name;
  std::string why;
};

struct PruneOptions {
  // The file of the graph: a metagraph ("model-100.meta"), saved_model.pb, or the text form of one
  // of them (".pbtxt"). Without one, the object graph of a TF2 checkpoint tells what is model.
  std::string graph = {};
  // What to compute: tensors of the graph ("logits:0"), or one of its signatures. Without them the
  // model is what the collections of the graph count to it: trainable variables and model
  // variables.
  std::vector<std::string> outputs = {};
  std::string signature = {};
  bool use_averages = false;  // take the moving average of a weight in its place
};

struct PrunedTensors {
  TensorDict dict;
  std::vector<DroppedTensor> dropped;  // by name
  std::vector<std::string> notes;      // for people
};

// Keeps the variables that the model needs, as `cairn prune` does. No value is read but the object
// graph. Errors: kMissing (a needed variable that the checkpoint does not have; an output or
// signature that the graph does not have; no averages), kArgument (neither a graph nor objects, or
// its collections do not tell), kGraph, kProto, those of reading the graph.
CAIRN_EXPORT Result<PrunedTensors> PruneDict(FileSystem& fs, const TensorDict& dict,
                                             const PruneOptions& options = {});

// Drops training state, such as slots of optimizers, and keeps everything else. The object graph of
// a TF2 checkpoint tells what it is, else tensorpack's rule for names, which keeps global_step.
// Errors: kProto, those of reading the object graph.
CAIRN_EXPORT Result<PrunedTensors> DropTrainingState(const TensorDict& dict);

}  // namespace cairn

#endif  // CAIRN_TRANSFORM_PRUNE_DICT_H_
