// Judges the path that a user gives for the directory of a training run.
#ifndef CAIRN_RUN_CHECK_RUN_DIRECTORY_H_
#define CAIRN_RUN_CHECK_RUN_DIRECTORY_H_

#include <string>

#include "cairn/io/file_system.h"

namespace cairn {

// Whether `path` is a directory that can be one of a run. Errors: kMissing (the hint says what
// there is instead), kFileType (a file; a SavedModel), kIo.
Status CheckIsRunDirectory(FileSystem& fs, const std::string& path);

}  // namespace cairn

#endif  // CAIRN_RUN_CHECK_RUN_DIRECTORY_H_
