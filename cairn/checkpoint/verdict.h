// Whether a checkpoint can be relied on, in one Status.
#ifndef CAIRN_CHECKPOINT_VERDICT_H_
#define CAIRN_CHECKPOINT_VERDICT_H_

#include <string>

#include "cairn/formats/format.h"

namespace cairn {

// Whether an error of reading or verifying a checkpoint says that the checkpoint itself is bad:
// damaged, incomplete, or not made of regular files. False for trouble of the machine or of this
// process (I/O errors, no memory, limits, a file that changed meanwhile, cancelled) and for formats
// and versions that are not supported: those say nothing about the checkpoint.
bool IsDamage(const Status& error);

// Sums a report up: success, or its first finding. A finding that is not damage comes before all
// others, because while there is one, nothing is proven to be damaged.
Status VerdictOf(const VerifyReport& report);

// Verifies the checkpoint that `path` resolves to. Errors: as VerdictOf, and those of Verify.
Status CheckSound(FileSystem& fs, const std::string& path, const VerifyOptions& options);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_VERDICT_H_
