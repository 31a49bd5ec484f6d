#include "cairn/io/file_system.h"

namespace cairn {

Result<bool> FileSystem::Exists(const std::string& path) {
  const Result<FileInfo> info = Stat(path);
  if (info.ok()) return true;
  if (info.status().reason() == Reason::kMissing) return false;
  return info.status();
}

}  // namespace cairn
