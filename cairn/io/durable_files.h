// Files that appear under their names together, whole and on stable storage, or not at all.
#ifndef CAIRN_IO_DURABLE_FILES_H_
#define CAIRN_IO_DURABLE_FILES_H_

#include <string>
#include <string_view>
#include <vector>

#include "cairn/io/durable_file.h"

namespace cairn {

// Makes `directory` with its parents, and checks that `num_files` files of `nbytes` bytes together
// have room there. Errors: kNoSpace (says what is needed and what is free), those of
// CreateDirectories and GetFreeSpace.
Status PrepareDirectory(FileSystem& fs, const std::string& directory, uint64_t nbytes,
                        uint64_t num_files);

// The one commit protocol of all formats, for files of one directory. Each file is written under a
// temporary name, synced and renamed, in the order in which it was added; the directory is synced;
// the commit file, if the set has one, follows in the same way. Whoever finds the commit file
// therefore finds all others whole, also after a power cut.
//
// After an error the set is to be destroyed, and nothing is left of it: temporary files are
// removed, and so are files under their final names, the commit file first. With
// IfExists::kReplace a final name keeps the old file or has the new one.
class DurableFiles {
 public:
  // With Durability::kNone nothing is synced: after a power cut any file of the set may be missing,
  // empty or cut, also where the commit file is there. All else stays as it is described.
  // `page_cache`: of files that are added, see WritableFile::BypassPageCache.
  DurableFiles(FileSystem& fs, IfExists if_exists, Durability durability = Durability::kSynced,
               PageCache page_cache = PageCache::kUse)
      : fs_(&fs), if_exists_(if_exists), durability_(durability), page_cache_(page_cache) {}

  // Adds a file with room for `nbytes` bytes; with 0 it grows as it is written. Errors: kExists
  // (with IfExists::kFail), kNoSpace, those of FileSystem::CreateForWriting.
  Status Add(const std::string& path, uint64_t nbytes);

  // Adds a file that has the bytes of `from`, shared, and must not be written to. Errors: kExists
  // (with IfExists::kFail), those of FileSystem::CreateSharing.
  Status AddSharing(const std::string& path, const std::string& from, Sharing sharing);

  size_t size() const { return files_.size(); }
  // The file that was added as number `i`, until the commit.
  WritableFile& file(size_t i) { return files_[i].file(); }

  // Commits a set that has no commit file: a set of one, in which the file itself is the commit.
  // Errors: kNoSpace, kIo, kExists.
  Status Commit();

  // Commits all files, then the commit file `path` with this content. Errors: as Commit.
  Status CommitWith(const std::string& path, Bytes content);
  // The same where `path` may exist: at every moment either the old file or the new one is there.
  // If an error comes before the rename, nothing of the set is left and the old file is unchanged.
  // If the directory cannot be synced after the rename, all files of the set stay, and a power cut
  // may still bring the old file back: the caller must not remove what the old file names.
  Status CommitReplacing(const std::string& path, Bytes content);

 private:
  void Keep(DurableFile file);
  Status Place();
  Status CommitBoth(const std::string& path, Bytes content, IfExists if_exists);
  Status PlaceCommitFile(const std::string& path, Bytes content, IfExists if_exists);
  Status SyncDirectory(const std::string& directory);
  void RemovePlaced();

  FileSystem* fs_;
  IfExists if_exists_;
  Durability durability_;
  PageCache page_cache_;
  std::vector<DurableFile> files_;
  std::vector<std::string> placed_;  // what is under its final name
};

// Removes the temporary files that interrupted writes left of files whose names begin with
// `prefix`. Nobody may be writing such files. Errors: those of List and Remove.
Status RemoveTemporaryFiles(FileSystem& fs, const std::string& directory, std::string_view prefix);

// Writes one small file: a set of one.
Status WriteFileDurably(FileSystem& fs, const std::string& path, Bytes content, IfExists if_exists,
                        Durability durability = Durability::kSynced);

}  // namespace cairn

#endif  // CAIRN_IO_DURABLE_FILES_H_
