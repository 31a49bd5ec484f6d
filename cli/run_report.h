// What `cairn state` says of a run: its checkpoints, what a resumed run would take and lacks, and
// what stands beside them in its directory.
#ifndef CAIRN_CLI_RUN_REPORT_H_
#define CAIRN_CLI_RUN_REPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "cairn/formats/format.h"
#include "cairn/state/run_directory.h"
#include "cairn/state/run_state.h"
#include "cli/output.h"
#include "cli/run_statistics.h"
#include "cli/run_writer.h"

namespace cairn::cli {

// A directory as the library sees it, with what verifying found put to the checkpoints.
struct RunReport {
  RunDirectory run;
  std::vector<std::string> reasons;   // as run.checkpoints: why it is not good; "" where it is
  std::optional<std::string> resume;  // nothing: from scratch, or not at all
  std::string resume_reason;
  Status resume_error;                // there are checkpoints, and none can be taken
  std::optional<RunState> run_state;  // of the one to resume; nothing where it has none

  RunStatistics statistics;
  RunWriter writer;
  uint64_t nbytes = 0;                  // of all checkpoints
  std::optional<uint64_t> free_nbytes;  // on their disk; nothing where it cannot be told

  bool is_named(const RunCheckpoint& checkpoint) const { return run.named == checkpoint.name; }
  bool all_good() const;
};

// Looks at the run in `directory`. Notes on it are said. Errors: those of ScanRunDirectory;
// kCancelled; kGone (a live run removed a checkpoint meanwhile: report it again).
Result<RunReport> ReportRun(const std::string& directory, const VerifyOptions& options,
                            Output& out);

// The run state of a checkpoint of the directory; nothing where it has none (another program wrote
// it). Errors: those of opening it and of ReadRunState; kGone (it was removed meanwhile).
Result<std::optional<RunState>> ReadStateOf(FileSystem& fs, const RunDirectory& run,
                                            const std::string& name);

}  // namespace cairn::cli

#endif  // CAIRN_CLI_RUN_REPORT_H_
