// How a verb takes the directory of a training run.
#ifndef CAIRN_CLI_RUN_ARGUMENT_H_
#define CAIRN_CLI_RUN_ARGUMENT_H_

#include <string>

#include "cairn/core/status.h"

namespace cairn::cli {

// Whether `path` is a directory that can be one of a run. Errors: kMissing (the hint says what
// there is instead), kFileType (a file; a SavedModel), kIo.
Status CheckIsRunDirectory(const std::string& path);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_RUN_ARGUMENT_H_
