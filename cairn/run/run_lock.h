// One writer a run: the file `.cairn.lock` in the run's directory.
//
// The writer holds a lock of the operating system on the file, which ends with the process, and has
// written its lease into it:
//
//   lease: 7               counts the writers of this directory
//   environment: 2 threads what the program says of where it runs, escaped; often absent
//   host: trainer-3
//   machine: 5f2b…         /etc/machine-id
//   boot: 0b6f…            another one after each start of the machine
//   process: 4711
//   started: 83812345      clock ticks after boot
//
// A writer that ends well leaves the first line and its environment. The file stays: removing it
// would let two writers in.
#ifndef CAIRN_RUN_RUN_LOCK_H_
#define CAIRN_RUN_RUN_LOCK_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cairn/core/export.h"
#include "cairn/core/run_lock_name.h"
#include "cairn/io/file_system.h"
#include "cairn/io/process_identity.h"

namespace cairn {

struct Lease {
  uint64_t number = 0;
  std::string environment = {};                // of the last writer; "" = it gave none
  std::optional<ProcessIdentity> holder = {};  // nothing: the last holder ended well
};

CAIRN_EXPORT std::string FormatLease(const Lease& lease);
// Returns nothing if the text is not a whole lease: a power cut may leave anything.
CAIRN_EXPORT std::optional<Lease> ParseLease(std::string_view text);

// Returns the lease of a directory, nothing where it has none. Errors: kFileType, kIo.
CAIRN_EXPORT Result<std::optional<Lease>> ReadLease(FileSystem& fs, const std::string& directory);

// The longest text of an environment, escaped.
inline constexpr size_t kMaxEnvironmentNbytes = 1024;

// How a lease of another host is treated. Nobody can tell from here whether that process runs.
enum class IfHeldElsewhere : uint8_t { kFail, kTakeOver };

// Held until it is destroyed. Not for use by several threads.
class CAIRN_EXPORT RunLock {
 public:
  // `directory` exists. The lease of a process of this host that is gone is taken over. Errors:
  // kLocked (another process holds the lock, or one of another host has a lease; the message names
  // it; nothing was changed), kFileType (`.cairn.lock` is not a regular file), kArgument (the
  // environment is too long), kReadOnly, kNoSpace, kIo.
  static Result<RunLock> Acquire(FileSystem& fs, const std::string& directory,
                                 IfHeldElsewhere if_held_elsewhere = IfHeldElsewhere::kFail,
                                 const std::string& environment = {});

  RunLock(RunLock&&) = default;
  RunLock& operator=(RunLock&&) = delete;
  ~RunLock();

  // Whether the lease is still ours. Errors: kLocked (another process took it over, as kTakeOver
  // lets it), kGone (the file was removed, so the lock keeps nobody out), kIo.
  Status CheckHeld() const;

  // Where the file system has no locks, for people: two writers that start in one moment are not
  // kept apart. Else empty.
  const std::string& warning() const { return warning_; }

 private:
  RunLock(FileSystem& fs, std::string path, std::unique_ptr<LockedFile> file, Lease lease,
          std::string warning);

  FileSystem* fs_;
  std::string path_;
  std::unique_ptr<LockedFile> file_;  // null where the file system cannot lock at all
  Lease lease_;
  std::string warning_;
};

}  // namespace cairn

#endif  // CAIRN_RUN_RUN_LOCK_H_
