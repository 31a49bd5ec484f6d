#include "cairn/io/file_system.h"

namespace cairn {

Result<std::unique_ptr<WritableFile>> FileSystem::CreateSharing(const std::string& path,
                                                                const std::string& /*from*/,
                                                                Sharing /*sharing*/) {
  return Status(Reason::kUnsupported, "files share nothing here").AtPath(path);
}

Result<FileInfo> FileSystem::StatName(const std::string& path) { return Stat(path); }

Result<StorageKind> FileSystem::GetStorageKind(const std::string& /*directory*/) {
  return StorageKind::kLocal;
}

Status FileSystem::RemoveDirectory(const std::string& path) {
  return Status(Reason::kUnsupported, "this file system removes no directories").AtPath(path);
}

Result<std::unique_ptr<LockedFile>> FileSystem::Lock(const std::string& path) {
  return Status(Reason::kUnsupported, "this file system has no locks").AtPath(path);
}

Result<std::unique_ptr<FileSystem>> FileSystem::Hold(const std::string& directory) {
  return Status(Reason::kUnsupported, "this file system cannot hold a directory").AtPath(directory);
}

Result<bool> FileSystem::Exists(const std::string& path) {
  const Result<FileInfo> info = Stat(path);
  if (info.ok()) return true;
  if (info.status().reason() == Reason::kMissing) return false;
  return info.status();
}

}  // namespace cairn
