// The directory of a run while a process saves into it: made durably, held open, and locked.
#ifndef CAIRN_SAVER_HELD_DIRECTORY_H_
#define CAIRN_SAVER_HELD_DIRECTORY_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cairn/io/file_system.h"
#include "cairn/run/run_lock.h"

namespace cairn {

class HeldDirectory {
 public:
  // Borrows `fs`, and the text of the environment, which the lock file gets; null: none.
  HeldDirectory(FileSystem& fs, std::string path, IfHeldElsewhere if_held_elsewhere,
                const std::string* environment);

  // Makes, opens and locks the directory; where that is done, checks that it still is the same one
  // and still ours. Errors: kLocked, kChanged, kReadOnly, kNoSpace, kIo.
  Status Begin();
  // Whether the name of the directory still leads to the one in which this run began. Errors:
  // kChanged, kIo.
  Status CheckIsSame() const;
  // Checks the lease; takes the lock anew where its file was removed. Errors: those of RunLock.
  Status TakeLock();

  const std::string& path() const { return path_; }
  // Reaches what lies in the directory, whatever its name leads to by now.
  FileSystem& fs() const { return held_ ? *held_ : fs_; }
  // Why checkpoints in the directory are less safe than on a local disk, for people. Empty where
  // they are not, and before Begin.
  std::vector<std::string> Warnings() const;

 private:
  Status Create();
  Status Hold();

  FileSystem& fs_;
  std::string path_;
  IfHeldElsewhere if_held_elsewhere_;
  const std::string* environment_;
  bool is_directory_durable_ = false;
  std::unique_ptr<FileSystem> held_;  // null where `fs_` does not support that
  std::optional<RunLock> lock_;
};

}  // namespace cairn

#endif  // CAIRN_SAVER_HELD_DIRECTORY_H_
