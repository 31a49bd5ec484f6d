// Keeps the values of one step for a save in the background, within a budget of memory.
#ifndef CAIRN_TRAIN_KEEP_VALUES_H_
#define CAIRN_TRAIN_KEEP_VALUES_H_

#include <functional>
#include <memory>

#include "cairn/core/tensor_dict.h"
#include "cairn/session/session.h"
#include "cairn/transfer/materialize.h"

namespace cairn {

// The bytes that a copy of the numeric values takes. Errors: those of TensorDict::source.
Result<uint64_t> NbytesOfCopy(const TensorDict& dict);

struct KeptValues {
  // Has what was copied, and what is frozen. A frozen value can be read once, and is released then;
  // those that were never read are released when the dict and its sources are gone.
  TensorDict dict;
  // Returns whether no value was released yet. Called by any thread.
  std::function<bool()> can_be_read_again;
};

// Returns the values of `dict`, of which those of `frozen` may not change yet. Copies all others,
// strings, and of the frozen values as many as have room in `budget` bytes, from the last to the
// first: what is copied is released at once, and of the others the first are written first. After
// an error all are released. Errors: those of SnapshotMemory::Copy.
Result<KeptValues> KeepValues(const TensorDict& dict,
                              const std::shared_ptr<FrozenVariables>& frozen, uint64_t budget,
                              SnapshotMemory& memory, const TransferOptions& options);

}  // namespace cairn

#endif  // CAIRN_TRAIN_KEEP_VALUES_H_
