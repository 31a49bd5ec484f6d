#include "cairn/io/file_system.h"

namespace cairn {

Result<std::unique_ptr<WritableFile>> FileSystem::CreateSharing(const std::string& path,
                                                                const std::string& /*from*/,
                                                                Sharing /*sharing*/) {
  return Status(Reason::kUnsupported, path + ": files share nothing here");
}

Result<bool> FileSystem::Exists(const std::string& path) {
  const Result<FileInfo> info = Stat(path);
  if (info.ok()) return true;
  if (info.status().reason() == Reason::kMissing) return false;
  return info.status();
}

}  // namespace cairn
