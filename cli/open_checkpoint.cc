#include "cli/open_checkpoint.h"

namespace cairn::cli {

Result<Opened> OpenCheckpoint(const std::string& path, Output& out) {
  OpenOptions options;
  options.access = Access::kRead;
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
