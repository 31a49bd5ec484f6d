// Tells the tensors of the model apart from those that only its training needs.
//
// A TF2 checkpoint has an object graph, and its objects decide, never the names of keys: an
// optimizer of Keras 3 lists the variables of the model too, so that the kernel of a layer may have
// the key "optimizer/_trainable_variables/3". An object is an optimizer if it has slot variables or
// the children that optimizers of TensorFlow and Keras have (its count of steps beside a learning
// rate or a list of variables), or if it is called `optimizer` or `…_optimizer` and contains no
// optimizer itself. A variable that an optimizer trains, or that is reached without passing an
// optimizer, is the model's. In doubt a tensor is the model's.
#ifndef CAIRN_GRAPH_TRAINING_STATE_H_
#define CAIRN_GRAPH_TRAINING_STATE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "cairn/core/tensor_dict.h"
#include "cairn/graph/object_graph.h"

namespace cairn {

// The key of the variable in which tf.train.Checkpoint counts its saves.
inline constexpr std::string_view kSaveCounterKey = "save_counter/.ATTRIBUTES/VARIABLE_VALUE";

enum class TensorRole : uint8_t {
  kModel,
  kSlot,          // an optimizer keeps it for a variable: a momentum, an average, its gradients
  kOptimizer,     // the rest of an optimizer: its count of steps, its learning rate
  kMetric,        // what metrics add up while a model is trained
  kSaveCounter,   // how often tf.train.Checkpoint was saved
  kIterator,      // the position in a data set
  kTrainingName,  // no object graph knows it, and its name is that of training state
  kBookkeeping,   // an entry of TensorFlow or Cairn for itself (core/bookkeeping.h)
};

// Whether only training needs a tensor of this role. Bookkeeping entries are not training state.
constexpr bool IsTrainingState(TensorRole role) {
  return role != TensorRole::kModel && role != TensorRole::kBookkeeping;
}

// Why a tensor is training state, in words: "a slot variable of an optimizer".
std::string_view Describe(TensorRole role);

// Returns the role of every tensor by its position in the dict. `graph` is the object graph of the
// dict, or null. Tensors that it does not know have their role from their names alone: by
// tensorpack's rules (core/variable_names.h), or because they are slots by TensorFlow's keys.
std::vector<TensorRole> RolesOf(const TensorDict& dict, const ObjectGraph* graph);

// The same with the object graph that the dict holds. Errors: those of ReadObjectGraph.
Result<std::vector<TensorRole>> RolesOf(const TensorDict& dict);

}  // namespace cairn

#endif  // CAIRN_GRAPH_TRAINING_STATE_H_
