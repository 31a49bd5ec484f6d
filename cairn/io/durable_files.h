// Files that appear under their names together, whole and on stable storage, or not at all.
#ifndef CAIRN_IO_DURABLE_FILES_H_
#define CAIRN_IO_DURABLE_FILES_H_

#include <optional>
#include <span>
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

// The one commit protocol of all formats, for files of one directory. All files are written under
// temporary names, then all are synced. Then they are renamed, in the order in which they were
// added, and the directory is synced; the commit file, if the set has one, is renamed after that,
// and the directory is synced again. Whoever finds the commit file therefore finds all others
// whole, also after a power cut. (Files that were written before the first sync share what the file
// system does for it: on ext4, the sync of the second one takes a third of the time.)
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

  // Adds the commit file, after all others, and writes this content to it. With IfExists::kReplace
  // `path` may exist, whatever holds for the others. Errors: as Add, and those of writing.
  Status AddCommitFile(const std::string& path, Bytes content, IfExists if_exists);

  size_t size() const { return files_.size(); }
  // The file that was added as number `i`, until the commit.
  WritableFile& file(size_t i) { return files_[i].file(); }

  // Makes the contents durable before the commit, which does not sync them again then. Nothing may
  // be written after it. Errors: kNoSpace, kIo.
  Status Sync();

  // Commits the set. Without a commit file it is a set of one, in which the file itself is the
  // commit. Errors: kNoSpace, kIo, kExists.
  //
  // Where the commit file replaces another one, either the old file or the new one is there at
  // every moment. If an error comes before the rename, nothing of the set is left and the old file
  // is unchanged. If the directory cannot be synced after the rename, all files of the set stay,
  // and a power cut may still bring the old file back: the caller must not remove what the old file
  // names.
  Status Commit();

 private:
  Status Create(const std::string& path, uint64_t nbytes, IfExists if_exists);
  void Keep(DurableFile file);
  Status SyncAndPlace();
  Status Place(std::span<DurableFile> files);
  Status SyncDirectory(const std::string& directory);
  void RemovePlaced();

  FileSystem* fs_;
  IfExists if_exists_;
  Durability durability_;
  PageCache page_cache_;
  std::vector<DurableFile> files_;
  std::optional<IfExists> commit_file_;  // what holds for the last file, if it is a commit file
  std::vector<std::string> placed_;      // what is under its final name
};

// Removes the temporary files that interrupted writes left of files whose names begin with
// `prefix`. Nobody may be writing such files. Errors: those of List and Remove.
Status RemoveTemporaryFiles(FileSystem& fs, const std::string& directory, std::string_view prefix);

// Writes and syncs one small file under a temporary name, a set of one: Commit gives it its name.
Result<DurableFiles> PrepareFile(FileSystem& fs, const std::string& path, Bytes content,
                                 IfExists if_exists, Durability durability = Durability::kSynced);
// Writes one small file and commits it.
Status WriteFileDurably(FileSystem& fs, const std::string& path, Bytes content, IfExists if_exists,
                        Durability durability = Durability::kSynced);

}  // namespace cairn

#endif  // CAIRN_IO_DURABLE_FILES_H_
