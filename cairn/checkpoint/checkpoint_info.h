// Gathers what is known of a checkpoint without reading its tensors: what `cairn info` prints.
#ifndef CAIRN_CHECKPOINT_CHECKPOINT_INFO_H_
#define CAIRN_CHECKPOINT_CHECKPOINT_INFO_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/checkpoint/describe_graph.h"

namespace cairn {

// A scalar that an optimizer keeps: a count of steps, a learning rate.
struct OptimizerSetting {
  std::string path;  // "optimizer/_learning_rate"
  DType dtype = DType::kFloat32;
  std::vector<std::byte> value;
};

struct CheckpointInfo {
  Description description;
  uint64_t num_tensors = 0;
  uint64_t num_parameters = 0;           // of the model
  uint64_t num_training_parameters = 0;  // of what only training needs
  uint64_t nbytes = 0;
  std::vector<std::string> unread;  // the names of tensors that cannot be read
  // Optimizer slots, moving averages, and what else only training needs.
  uint64_t training_nbytes = 0;
  std::map<std::string, uint64_t> slots;    // by name ("momentum"): how many variables have one
  std::vector<OptimizerSetting> optimizer;  // as their paths tell
  std::optional<int64_t> step;              // of the name, else the value of global_step
  std::optional<int64_t> save_counter;
  std::optional<std::string> state_file;  // what the one beside it calls newest
  std::optional<uint64_t> num_objects;    // of an object graph
  std::optional<std::string> lineage;     // JSON (checkpoint/lineage.h)
  std::optional<GraphDescription> graph;  // of the file beside it
};

// Scalars and files beside the tensors that cannot be read are left out, and `warnings` gets a line
// for each. Errors: those of the format's describe.
Result<CheckpointInfo> GatherInfo(FileSystem& fs, const Opened& checkpoint,
                                  std::vector<std::string>& warnings);
// The same of tensors that lie in no checkpoint: without what files tell.
CheckpointInfo GatherInfo(const TensorDict& dict, std::vector<std::string>& warnings);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_CHECKPOINT_INFO_H_
