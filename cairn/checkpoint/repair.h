// Makes a sound checkpoint of what a damaged one still holds.
#ifndef CAIRN_CHECKPOINT_REPAIR_H_
#define CAIRN_CHECKPOINT_REPAIR_H_

#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/formats/format.h"

namespace cairn {

struct RepairOptions {
  // A path of another TensorFlow V2 checkpoint of the same run. If the index is lost, the layout of
  // the data files is taken from it; empty: from a graph beside them.
  std::string like = {};
  OpenOptions open = {};
  SaveOptions save = {};
};

struct RepairReport {
  std::vector<Finding> lost;  // what is not in the new checkpoint, and why
  // Something was lost, now or in an earlier repair: the new checkpoint is marked as a partial
  // rescue (partial_rescue.h), does not verify, and no run is resumed from it.
  bool is_partial = false;
  std::vector<std::string> notes;        // what was rebuilt, and from what
  std::vector<std::string> unprotected;  // names of tensors that had no checksum: saved, not proven
  SaveReport saved;                      // its number of tensors does not count the mark
};

// Saves under the prefix `to` every tensor of `from` whose checksum holds: nothing is invented,
// nothing of `from` is touched, and every value is checked once more as it is written. `from` is
// any path that Open takes, also where the index is damaged; or a prefix of which only the parts of
// an unfinished save are left. Errors: kExists (`to` is in use); kMissing; kFormat (nothing at all
// could be saved); those of Save. After an error there is no checkpoint under `to`.
CAIRN_EXPORT Result<RepairReport> Repair(FileSystem& fs, std::string_view from, std::string_view to,
                                         const RepairOptions& options = {});

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_REPAIR_H_
