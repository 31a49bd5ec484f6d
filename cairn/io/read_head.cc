#include "cairn/io/read_head.h"

#include <algorithm>

namespace cairn {

Result<std::string> ReadHead(const RandomAccessFile& file, uint64_t nbytes) {
  std::string head(std::min(file.size(), nbytes), '\0');
  CAIRN_RETURN_IF_ERROR(file.ReadAt(0, std::as_writable_bytes(std::span(head))));
  return head;
}

Result<std::string> ReadHeadAt(FileSystem& fs, const std::string& path, uint64_t nbytes) {
  const Result<FileInfo> info = fs.Stat(path);
  if (!info.ok()) {
    const Reason reason = info.status().reason();
    if (reason == Reason::kMissing || reason == Reason::kPath) return std::string();
    return info.status();
  }
  if (info->kind != FileKind::kRegular) return std::string();
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(path, Access::kRead));
  return ReadHead(*file, nbytes);
}

}  // namespace cairn
