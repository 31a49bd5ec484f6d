#include "cairn/run/resume_point.h"

#include "cairn/checkpoint/verdict.h"
#include "cairn/core/escape.h"
#include "cairn/io/path.h"
#include "cairn/state/checkpoint_files.h"

namespace cairn {
namespace {

// Verifies a complete checkpoint of the directory.
Status VerifyCheckpoint(FileSystem& fs, const RunDirectory& run, const RunCheckpoint& checkpoint,
                        const VerifyOptions& options) {
  CAIRN_RETURN_IF_ERROR(checkpoint.complete);
  const std::string prefix = JoinPath(run.path, checkpoint.name);
  Status sound = CheckSound(fs, prefix, options);
  if (sound.reason() == Reason::kMissing && IsRemoved(fs, prefix))
    return Status(Reason::kGone, "was removed while it was verified").AtPath(prefix);
  return sound;
}

}  // namespace

ResumeChoice ChooseResumePoint(FileSystem& fs, const RunDirectory& run,
                               const VerifyOptions& options) {
  if (options.depth == VerifyDepth::kQuick) return ChooseComplete(run);
  return ChooseCheckpoint(run, [&](const RunCheckpoint& candidate) {
    return VerifyCheckpoint(fs, run, candidate, options);
  });
}

}  // namespace cairn
