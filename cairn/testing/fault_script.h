// Says which calls fail in a FaultFileSystem, and records the calls that were made.
#ifndef CAIRN_TESTING_FAULT_SCRIPT_H_
#define CAIRN_TESTING_FAULT_SCRIPT_H_

#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/core/status.h"

namespace cairn {

// The calls of FileSystem and of the files it opens.
enum class Call : uint8_t {
  kOpen,
  kRead,
  kCreate,
  kWrite,
  kAllocate,
  kSync,
  kClose,
  kStat,
  kList,
  kCreateDirectories,
  kRename,  // RenameNoReplace too
  kRemove,  // RemoveDirectory too
  kSyncDirectory,
  kFreeSpace,
  kLock,
};
inline constexpr size_t kNumCalls = 15;

// "sync-directory".
std::string_view Name(Call call);

// Whether the call changes the file system, or what of it would outlive a power cut.
bool IsMutation(Call call);

enum class Repeat : uint8_t { kOnce, kSticky };

// One thing to go wrong. The call is not carried out; but `done_nbytes` of a write or read are, and
// a close is.
struct Fault {
  Call call = Call::kWrite;
  Reason reason = Reason::kIo;
  uint64_t nth = 1;  // the first to fail, of the calls that match
  Repeat repeat = Repeat::kOnce;
  size_t done_nbytes = 0;
  std::string path_part = {};  // only calls on paths that contain it match
};

// One call that was made, with its arguments.
struct TracedCall {
  Call call = Call::kOpen;
  std::string path = {};
  std::string to = {};  // of a rename
  uint64_t file = 0;    // which open file, counted from 1; 0 = none
  uint64_t offset = 0;  // of a read or write
  uint64_t nbytes = 0;  // of a read, write or allocate
  Reason result = Reason::kNone;
};

// "write run/a 4096 at 0: E_NO_SPACE"; without the word where the call succeeded.
std::string ToString(const TracedCall& call);

// Safe to use from several threads at once.
class FaultScript {
 public:
  // From now on. Several faults may be set; the first that applies counts.
  void Inject(Fault fault);
  // A crash: mutation number `nth` from now (1 = the next) is not carried out, but for
  // `done_nbytes` of it where it is a write, and from there on every call fails with kIo.
  void StopAt(uint64_t nth, size_t done_nbytes = 0);
  // Calls `then` once, after the next call of this kind on a path that contains `path_part` has
  // been carried out: what another program does at that moment.
  void After(Call call, std::string path_part, std::function<void()> then);
  // Forgets faults, stop, counts and trace.
  void Reset();

  bool has_stopped() const;
  uint64_t count(Call call) const;  // those that failed too
  uint64_t num_mutations() const;
  std::vector<TracedCall> trace() const;
  // The mutations and closes of the trace as text, one a call.
  std::vector<std::string> Mutations() const;
  // The first call that wrote to, synced or renamed a file whose Sync or Close had failed, or
  // nothing. What those left is unknown for good: the only right thing is to remove it.
  std::optional<std::string> UseAfterFailure() const;

  // For FaultFileSystem. What is to become of a call:
  struct Decision {
    size_t position = 0;     // in the trace
    Status error;            // success: carry it out, then tell Finish
    size_t done_nbytes = 0;  // with an error: carry out so much
    bool has_stopped = false;
  };
  Decision Enter(TracedCall call);
  void Finish(const Decision& decision, Reason result);
  uint64_t NumberFile();

 private:
  struct Armed {
    Fault fault;
    uint64_t seen = 0;
  };
  struct Follower {
    Call call;
    std::string path_part;
    std::function<void()> then;
  };
  struct Stop {
    uint64_t at = 0;  // in num_mutations_
    size_t done_nbytes = 0;
  };
  const Fault* FindFault(const TracedCall& call);

  mutable std::mutex mutex_;
  std::vector<Armed> faults_;
  std::vector<Follower> followers_;
  std::optional<Stop> stop_;
  bool has_stopped_ = false;
  std::array<uint64_t, kNumCalls> counts_ = {};
  uint64_t num_mutations_ = 0;
  uint64_t num_files_ = 0;
  std::vector<TracedCall> trace_;
};

}  // namespace cairn

#endif  // CAIRN_TESTING_FAULT_SCRIPT_H_
