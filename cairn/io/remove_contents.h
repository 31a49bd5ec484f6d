// Empties a directory.
#ifndef CAIRN_IO_REMOVE_CONTENTS_H_
#define CAIRN_IO_REMOVE_CONTENTS_H_

#include <string>

#include "cairn/io/file_system.h"

namespace cairn {

// Removes all that is in `directory`, hidden names too, and leaves the directory itself. A link is
// removed, and what it leads to stays. When this returns success, no power cut brings anything
// back. After an error, some of the content is removed. Errors: kMissing, kFileType (`directory` is
// a file or a link), those of List, Remove, RemoveDirectory and SyncDirectory.
Status RemoveContents(FileSystem& fs, const std::string& directory);

}  // namespace cairn

#endif  // CAIRN_IO_REMOVE_CONTENTS_H_
