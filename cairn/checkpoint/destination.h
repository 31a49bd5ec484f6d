// Judges the path that a user gives for a new checkpoint.
#ifndef CAIRN_CHECKPOINT_DESTINATION_H_
#define CAIRN_CHECKPOINT_DESTINATION_H_

#include <string>

#include "cairn/io/file_system.h"

namespace cairn {

// Whether a checkpoint that is saved at `path` is then found there, under that name. Each error has
// a hint that says what to name instead. Errors: kArgument (no name, "-", the name of a file of a
// TensorFlow checkpoint or of a format that is not written), kFileType (a directory, a device),
// kIo.
Status CheckDestination(FileSystem& fs, const std::string& path);
// Judges the path for the directory of a new run in the same way. The directory may exist.
Status CheckDestinationDirectory(FileSystem& fs, const std::string& path);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_DESTINATION_H_
