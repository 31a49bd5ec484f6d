// Files in memory of which only what is not zero takes room, for checkpoints of many GiB.
#ifndef CAIRN_TESTING_SPARSE_FILE_SYSTEM_H_
#define CAIRN_TESTING_SPARSE_FILE_SYSTEM_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "cairn/io/file_system.h"

namespace cairn {

// Flat: a path is a name, every directory exists. Nothing is mapped.
class SparseFileSystem final : public FileSystem {
 public:
  Result<std::shared_ptr<const RandomAccessFile>> OpenForReading(const std::string& path,
                                                                 Access access) override;
  Result<std::unique_ptr<WritableFile>> CreateForWriting(const std::string& path) override;
  Result<FileInfo> Stat(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& directory) override;
  Status CreateDirectories(const std::string& /*path*/) override { return {}; }
  Status Rename(const std::string& from, const std::string& to) override;
  Status RenameNoReplace(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status SyncDirectory(const std::string& /*directory*/) override { return {}; }
  Result<FreeSpace> GetFreeSpace(const std::string& directory) override;

  class Content;

 private:
  Result<std::shared_ptr<Content>> Find(const std::string& path) const;

  std::map<std::string, std::shared_ptr<Content>> files_;
};

}  // namespace cairn

#endif  // CAIRN_TESTING_SPARSE_FILE_SYSTEM_H_
