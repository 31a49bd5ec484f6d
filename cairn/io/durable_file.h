// A file that appears under its name whole, or not at all.
#ifndef CAIRN_IO_DURABLE_FILE_H_
#define CAIRN_IO_DURABLE_FILE_H_

#include <memory>
#include <string>
#include <string_view>

#include "cairn/io/file_system.h"

namespace cairn {

// One file of a DurableFiles. It is written under a temporary name beside the final one
// (`NAME.cairn-tmp0`, counting up past what others left there); destroyed before Commit, the
// temporary file is removed. After an error from the file, from Sync or from Commit it is abandoned
// for good: a failed sync is never tried again, since nobody knows what it left.
class DurableFile {
 public:
  // Errors: kExists (with IfExists::kFail, where `path` exists), those of CreateForWriting.
  static Result<DurableFile> Create(FileSystem& fs, std::string path, IfExists if_exists);

  // Leaves the sync out: the file may be empty or cut under its final name after a power cut.
  void SkipSync() { needs_sync_ = false; }

  // A new file with the bytes of `from`, shared and not written to. Errors: as Create, and those of
  // FileSystem::CreateSharing.
  static Result<DurableFile> CreateSharing(FileSystem& fs, std::string path,
                                           const std::string& from, Sharing sharing,
                                           IfExists if_exists);

  DurableFile(DurableFile&& other) noexcept;
  DurableFile& operator=(DurableFile&&) = delete;
  ~DurableFile();

  // Until Commit.
  WritableFile& file() { return *file_; }
  // The final name.
  const std::string& path() const { return path_; }

  // Everything is written: Sync will have less to wait for. Does nothing after SkipSync.
  void BeginSync();
  // Makes what was written durable, unless that was done or SkipSync was called. Nothing may be
  // written after it. Errors: kNoSpace, kIo.
  Status Sync();
  // Closes and renames what was synced. The name itself is durable after SyncDirectory of the
  // directory, which the caller owes: several files may share one. Errors: kNoSpace, kIo, kExists;
  // the final name is then as it was.
  Status Commit();

 private:
  // `make` creates the file of a temporary name.
  template <typename MakeFile>
  static Result<DurableFile> Make(FileSystem& fs, std::string path, IfExists if_exists,
                                  MakeFile make);

  DurableFile(FileSystem& fs, std::unique_ptr<WritableFile> file, std::string path,
              IfExists if_exists)
      : fs_(&fs), file_(std::move(file)), path_(std::move(path)), if_exists_(if_exists) {}

  FileSystem* fs_;
  std::unique_ptr<WritableFile> file_;  // null after Commit, or when moved from
  std::string path_;
  IfExists if_exists_;
  bool needs_sync_ = true;
};

}  // namespace cairn

#endif  // CAIRN_IO_DURABLE_FILE_H_
