// Finds the checkpoint that a state file names.
#ifndef CAIRN_STATE_LOCATE_NAMED_H_
#define CAIRN_STATE_LOCATE_NAMED_H_

#include <string>

#include "cairn/core/export.h"
#include "cairn/io/file_system.h"

namespace cairn {

// The checkpoint that a path, or a state file, stands for.
struct Located {
  std::string path;  // a prefix that has an index; or a single file, or the pattern of V1 shards
  std::string
      note;  // "run: taken as run/model-10 (…)"; empty if the path is that of the checkpoint
};

// Finds the checkpoint of a path that the state file of `directory` holds. Relative paths are
// joined to the directory; "." is the empty prefix in it. A path that is not there (a moved
// directory) and one that leaves the directory are looked for by their last name beside the state
// file; characters are literal, but where no file has such a name, backslashes are the separators
// of Windows. The checkpoint has an index, or is a file or the pattern of V1 shards. Errors:
// kMissing; kPath (it lies outside of the directory and is not beside the state file either; a
// NUL); kIo.
CAIRN_EXPORT Result<Located> LocateNamed(FileSystem& fs, const std::string& directory,
                                         const std::string& path);

}  // namespace cairn

#endif  // CAIRN_STATE_LOCATE_NAMED_H_
