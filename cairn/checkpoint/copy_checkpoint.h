// Copies a checkpoint byte for byte under another name, also over an older one.
#ifndef CAIRN_CHECKPOINT_COPY_CHECKPOINT_H_
#define CAIRN_CHECKPOINT_COPY_CHECKPOINT_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/export.h"
#include "cairn/io/file_system.h"

namespace cairn {

// How a new file gets the bytes of another one.
enum class CopyMethod : uint8_t {
  kReflink,   // it shares the blocks of the disk; file systems such as XFS and btrfs can
  kHardLink,  // it is the same file under another name: damage of one is damage of both
  kCopy,      // the bytes are written, read again and compared by their checksum
};

// "reflink", "hard link", "copy".
CAIRN_EXPORT std::string_view Name(CopyMethod method);

struct CopyOptions {
  IfExists if_exists = IfExists::kFail;
  // Tried in this order; each file is made by the first that the file system can do.
  std::vector<CopyMethod> methods = {CopyMethod::kReflink, CopyMethod::kHardLink,
                                     CopyMethod::kCopy};
  // Also copies PREFIX.meta of a TensorFlow checkpoint, after everything else, where there is one.
  bool with_metagraph = false;
  Durability durability = Durability::kSynced;
  // Called before leftovers are removed, and again when everything is written and nothing has its
  // final name yet. An error ends the copy: the writer of a run no longer holds its lock.
  std::function<Status()> before_commit = {};
};

struct CopiedFile {
  std::string path;
  uint64_t nbytes = 0;
  CopyMethod method = CopyMethod::kCopy;
};

struct CopyReport {
  std::vector<CopiedFile> files;     // of the new checkpoint, the commit file last
  uint64_t nbytes = 0;               // of all these files
  uint64_t written_nbytes = 0;       // of those that share no bytes
  std::vector<std::string> removed;  // paths of files of the old checkpoint, and of leftovers
  std::vector<std::string> notes;    // for people
};

// Copies the checkpoint that `from` leads to, any path that Open takes, to `to`: a path as Save
// takes it, in any directory, of the same format. The bytes of the tensors are those of `from`. The
// index of a checkpoint in several files is rewritten where it counts or names the files.
//
// With IfExists::kReplace, at every moment and after every crash and power cut `to` is the old
// checkpoint or the new one, whole. A single file is replaced by one rename. The data of several
// files gets names that the old index does not use; one rename of the index is the commit; then the
// old data goes. Who has the old checkpoint open can read it to its end. A crash leaves at most
// data that no index names, which FinishCopy, the next replacement and RemoveCheckpoint remove.
//
// While it runs, nobody else may write under the name `to` or remove `from`. Errors: kExists;
// kArgument (`to` is not a name of the same format, or is `from` itself; no method is given);
// kUnsupported (no method works here, or a format that is not written); kChanged (a copy is not
// what was read); those of Resolve, of reading `from`, of Format::plan_copy and of before_commit;
// kNoSpace, kIo.
// After an error `to` is as it was; only an error of the last sync of its directory can leave the
// new checkpoint there.
CAIRN_EXPORT Result<CopyReport> CopyCheckpoint(FileSystem& fs, std::string_view from,
                                               std::string_view to,
                                               const CopyOptions& options = {});

// Where `to` is a copy of `from` already: removes what a replacement that was interrupted after its
// commit left beside it, data that no index names and temporary files. While it runs, nobody else
// may write under the name `to`. Errors: those of Resolve, of Format::plan_copy and of removing.
CAIRN_EXPORT Status FinishCopy(FileSystem& fs, std::string_view from, std::string_view to);

}  // namespace cairn

#endif  // CAIRN_CHECKPOINT_COPY_CHECKPOINT_H_
