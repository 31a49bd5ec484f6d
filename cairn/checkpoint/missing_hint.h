// Makes the hint for a checkpoint that does not exist: it names what is there instead.
#ifndef CAIRN_CHECKPOINT_MISSING_HINT_H_
#define CAIRN_CHECKPOINT_MISSING_HINT_H_

#include <span>
#include <string>
#include <string_view>

#include "cairn/io/file_system.h"

namespace cairn {

// "did you mean run/model-10?", or the checkpoints of the directory, or that there is none. Never
// empty.
std::string HintOfMissing(FileSystem& fs, const std::string& prefix);

// For a directory without an index: data files without one, files of other formats, directories
// below it that have one. Empty only where the directory cannot be read.
std::string HintOfEmptyDirectory(FileSystem& fs, const std::string& directory);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_MISSING_HINT_H_
