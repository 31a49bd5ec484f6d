// Chooses the checkpoint from which a training run goes on.
#ifndef CAIRN_RUN_RESUME_POINT_H_
#define CAIRN_RUN_RESUME_POINT_H_

#include "cairn/state/resume_choice.h"

namespace cairn {

// Returns the first checkpoint by rank that verifies; with VerifyDepth::kQuick, the first that is
// complete: no value is read then. resume_choice.h says what else it may return.
ResumeChoice ChooseResumePoint(FileSystem& fs, const RunDirectory& run,
                               const VerifyOptions& options = {});

}  // namespace cairn

#endif  // CAIRN_RUN_RESUME_POINT_H_
