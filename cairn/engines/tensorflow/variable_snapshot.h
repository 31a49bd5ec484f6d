// The values of variables in a TensorFlow session, read in few runs.
#ifndef CAIRN_ENGINES_TENSORFLOW_VARIABLE_SNAPSHOT_H_
#define CAIRN_ENGINES_TENSORFLOW_VARIABLE_SNAPSHOT_H_

#include <span>
#include <string>
#include <vector>

#include "cairn/core/tensor_dict.h"
#include "cairn/engines/tensorflow/runtime.h"

namespace cairn::tensorflow {

// A tensor that is read.
struct SnapshotItem {
  std::string name;    // in the result
  std::string output;  // of the node that reads it
  bool is_ref = false;
  uint64_t nbytes = 0;  // as far as it is known before
};

// Values of resource variables share the memory of the variables, which later updates leave alone;
// those of ref variables are copied, since updates change them. Errors: kEngine, kNoMemory.
Result<TensorDict> ReadVariables(Runtime& runtime, std::span<const SnapshotItem> items);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_VARIABLE_SNAPSHOT_H_
