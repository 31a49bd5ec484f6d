// The values that a restore plan assigns, as sources.
#ifndef CAIRN_SESSION_RESTORE_LOADS_H_
#define CAIRN_SESSION_RESTORE_LOADS_H_

#include <memory>
#include <string_view>
#include <vector>

#include "cairn/session/restore_plan.h"
#include "cairn/source/cast_source.h"

namespace cairn {

// The new value of one variable.
struct RestoreLoad {
  NewValue value;
  std::shared_ptr<const TensorSource> source;
  std::string_view entry;  // the name of the entry that messages show; a view of the plan
  std::shared_ptr<CastTally> losses;  // null where nothing is cast
};

// A stored value that is verified before anything is assigned.
struct StoredValue {
  std::shared_ptr<const TensorSource> source;
  std::string_view entry;
  // Whether only parts of it are read later, without its checksum being compared again.
  bool is_read_in_parts = false;
  // Whether its source asks for that where the session's buffers are its variables.
  bool is_verified_first = true;
};

struct RestoreLoads {
  std::vector<RestoreLoad> loads;  // one for each variable
  std::vector<StoredValue> stored;
};

// Errors: kArgument (a plan of another session), those of opening the sources, those of taking a
// snapshot of variables that are partly loaded; kLimit (TensorSource::CheckCanBeHeld of the value
// of a variable whose size is not known).
Result<RestoreLoads> MakeLoads(Session& session, const RestorePlan& plan);

}  // namespace cairn

#endif  // CAIRN_SESSION_RESTORE_LOADS_H_
