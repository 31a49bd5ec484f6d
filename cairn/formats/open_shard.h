// Opens the data files that a checkpoint names.
#ifndef CAIRN_FORMATS_OPEN_SHARD_H_
#define CAIRN_FORMATS_OPEN_SHARD_H_

#include <memory>
#include <string>

#include "cairn/io/file_system.h"

namespace cairn {

// Opens a shard for reading. A directory, a pipe, a device or a link to itself in its place is
// damage of the checkpoint, since the user did not name that path: kFormat. Errors: that, kMissing,
// kIo.
Result<std::shared_ptr<const RandomAccessFile>> OpenShard(FileSystem& fs, const std::string& path,
                                                          Access access);

}  // namespace cairn

#endif  // CAIRN_FORMATS_OPEN_SHARD_H_
