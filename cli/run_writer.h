// Who writes into the directory of a run, as its lock file tells.
#ifndef CAIRN_CLI_RUN_WRITER_H_
#define CAIRN_CLI_RUN_WRITER_H_

#include <string>

#include "cairn/run/run_lock.h"

namespace cairn::cli {

struct RunWriter {
  enum class State : uint8_t {
    kUnlocked,   // there is no lock file: nothing of Cairn wrote here
    kEnded,      // the last writer ended well
    kRunning,    // a process of this host, which is alive
    kGone,       // a process of this host, which ended without ending its lease
    kElsewhere,  // a process of another host: nobody can tell from here whether it runs
    kUnknown,    // the lock file cannot be read, or holds no lease
  };
  State state = State::kUnlocked;
  Lease lease = {};
  std::string trouble = {};  // of kUnknown: what is wrong

  bool is_running() const { return state == State::kRunning; }
};

// Reads the lock file and asks the system for its process. Locks nothing.
RunWriter ReadRunWriter(FileSystem& fs, const std::string& directory);

// For people: "process 4711 on this host is running, lease 3".
std::string TextOf(const RunWriter& writer);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_RUN_WRITER_H_
