// Takes only what the model needs of a checkpoint, as `cairn prune` does.
#ifndef CAIRN_MAKING_TAKE_MODEL_H_
#define CAIRN_MAKING_TAKE_MODEL_H_

#include <string>
#include <vector>

#include "cairn/making/taken_tensors.h"

namespace cairn {

struct ModelRules {
  // The graph: a .meta or .pbtxt file, or a SavedModel. Without one, the object graph of the
  // checkpoint tells what is model, else the graph beside it.
  std::string graph = {};
  std::vector<std::string> outputs = {};  // takes what these tensors of the graph need
  std::string signature = {};             // takes what this signature of the graph needs
  bool use_averages = false;              // take the moving average of a weight in its place
};

// `given` is the path that the user named for `source`. Errors: those of PlanPrune and of loading
// the graph; a hint names a graph that lies near.
Result<TakenTensors> TakeModel(FileSystem& fs, const std::string& given, const Opened& source,
                               const ModelRules& rules, Remarks& remarks);

}  // namespace cairn

#endif  // CAIRN_MAKING_TAKE_MODEL_H_
