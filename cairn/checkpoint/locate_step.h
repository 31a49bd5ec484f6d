// Finds a checkpoint of a training run by its step: "DIR@STEP".
#ifndef CAIRN_CHECKPOINT_LOCATE_STEP_H_
#define CAIRN_CHECKPOINT_LOCATE_STEP_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cairn/io/file_system.h"
#include "cairn/state/locate_named.h"

namespace cairn {

struct StepOfRun {
  std::string directory;
  int64_t step = 0;
};

// Returns the parts of "run@100" or "run/@100"; nothing for other texts. The file system is not
// asked.
std::optional<StepOfRun> ParseStepOfRun(std::string_view path);

// The same where the directory exists and nothing has the name of the whole path: a directory that
// is called "run@100" stands for itself. Errors: kIo.
Result<std::optional<StepOfRun>> FindStepOfRun(FileSystem& fs, std::string_view path);

// Returns the checkpoint of that step: of several, a complete one before others, and then the one
// that a resumed run would try first. Errors: kMissing (the directory has no checkpoint of this
// step; the hint has the steps that are there), those of ScanRunDirectory.
Result<Located> LocateStep(FileSystem& fs, const StepOfRun& wanted);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_LOCATE_STEP_H_
