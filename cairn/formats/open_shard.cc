#include "cairn/formats/open_shard.h"

namespace cairn {

Result<std::shared_ptr<const RandomAccessFile>> OpenShard(FileSystem& fs, const std::string& path,
                                                          Access access) {
  auto file = fs.OpenForReading(path, access);
  if (file.status().reason() != Reason::kFileType) return file;
  return Status(Reason::kFormat, "is not a regular file, expected a data file of the checkpoint")
      .AtPath(path);
}

}  // namespace cairn
