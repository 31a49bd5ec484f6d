#include "cli/open_checkpoint.h"

namespace cairn::cli {

Option MaxExpandOption(std::optional<uint64_t>& target) {
  return {.names = "--max-expand",
          .target = &target,
          .help = "hold packed strings that take up to N times their size (1000)",
          .value = "N"};
}

Result<Opened> OpenCheckpoint(const std::string& path, Output& out, OpenOptions options,
                              Access access) {
  options.access = access;
  std::vector<Status> warnings;
  options.warnings = &warnings;
  Result<Opened> opened = OpenResolved(LocalFileSystem(), path, options);
  if (opened.ok()) {
    for (const Status& warning : warnings) out.Warn(OneLine(warning.ToString()));
  }
  if (opened.ok() && !opened->note.empty()) out.Note(opened->note);
  return opened;
}

}  // namespace cairn::cli
