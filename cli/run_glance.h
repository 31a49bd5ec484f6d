// What can be seen of a run at one moment without reading a value.
#ifndef CAIRN_CLI_RUN_GLANCE_H_
#define CAIRN_CLI_RUN_GLANCE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cairn/state/run_directory.h"
#include "cairn/state/run_state.h"
#include "cli/run_statistics.h"
#include "cli/run_writer.h"

namespace cairn::cli {

// The time from one save to the next.
struct SavePace {
  double seconds = 0;  // above zero
  double steps_per_second = 0;
};

struct RunGlance {
  Status trouble = {};  // why the directory cannot be looked at; the rest is empty then

  RunDirectory run = {};
  std::optional<size_t> newest = {};       // in run.checkpoints: what `state --quick` would resume
  std::optional<RunState> run_state = {};  // of the newest; nothing where it has none
  std::optional<double> saved_at = {};     // of the newest: seconds since 1970
  std::optional<SavePace> pace = {};       // of the newest and the step saved before it
  uint64_t nbytes = 0;                     // of all checkpoints
  std::optional<uint64_t> free_nbytes = {};

  RunStatistics statistics = {};
  RunWriter writer = {};
  std::vector<std::string> damage = {};    // what is wrong in the directory now, a line each
  std::vector<std::string> failures = {};  // the last warnings and errors of the log, oldest first

  const RunCheckpoint* newest_checkpoint() const {
    return newest ? &run.checkpoints[*newest] : nullptr;
  }
};

// Looks at the directory of a run again and again. What takes long is done only after a file has
// changed.
class RunWatcher {
 public:
  explicit RunWatcher(std::string directory) : directory_(std::move(directory)) {}

  // Never fails: what is wrong is part of the glance.
  RunGlance Look();

 private:
  // What is known of a file without opening it.
  struct FileMark {
    std::string name;
    FileId id;
    uint64_t size = 0;
    int64_t modified_ns = 0;

    friend bool operator==(const FileMark&, const FileMark&) = default;
  };

  Result<std::vector<FileMark>> MarkFiles() const;
  Status EnterDirectory();
  Status LookAtFiles();
  Status Scan();
  void FindPace();

  std::string directory_;
  std::optional<FileId> directory_id_ = {};
  std::vector<FileMark> files_ = {};         // as of the last scan
  std::map<int64_t, double> saved_at_ = {};  // by step; also of checkpoints that are removed
  RunGlance glance_ = {};
};

}  // namespace cairn::cli

#endif  // CAIRN_CLI_RUN_GLANCE_H_
